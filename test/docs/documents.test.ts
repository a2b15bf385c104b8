import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { RESERVED_EVENTS } from '../../protocol/events.ts'
import { KEEP_ALIVE_SECONDS, MAX_KNOWN_SUBJECTS } from '../../protocol/limits.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(resolve(root, path), 'utf8')
/** The API reference is typedoc's, which checks its links itself and has anchors of its own. */
const documents = [
  'README.md',
  ...globSync('docs/**/*.md', { cwd: root }).filter(path => !path.startsWith('docs/api/')),
  'bench/README.md',
]

/** The anchor that a heading gets: lower case, spaces as hyphens, without other punctuation. */
const anchors = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )

test.each(documents)('the links of %s lead somewhere', document => {
  for (const [, link = ''] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(link)) continue
    const [path = '', anchor] = link.split('#')
    const target = resolve(root, path === '' ? document : `${dirname(document)}/${path}`)
    expect(existsSync(target), link).toBe(true)
    if (anchor !== undefined) expect(anchors(readFileSync(target, 'utf8')), link).toContain(anchor)
  }
})

test.each(documents)('the files and folders that %s names are there', document => {
  const named = read(document).matchAll(
    /`((?:protocol|functions|web|infra|local|test|bench|docs|scripts)\/[\w./-]*)[^`]*`/g,
  )
  for (const [text, path = ''] of named)
    if (!/[*{]/.test(text)) expect(existsSync(resolve(root, path)), text).toBe(true)
})

test.each(RESERVED_EVENTS)('docs/protocol.md explains %s', name => {
  expect(read('docs/protocol.md')).toMatch(new RegExp(`^\\*\\*\`${name}\`\\*\\* \``, 'm'))
})

test('docs/protocol.md names the limits of the code', () => {
  const text = read('docs/protocol.md').replace(/\s+/g, ' ')
  expect(text).toContain(`\`keepAliveSeconds\` (${KEEP_ALIVE_SECONDS})`)
  expect(text).toContain(`at most ${MAX_KNOWN_SUBJECTS.toLocaleString('en')} subjects`)
})

test('every step has its line in the orders of docs/architecture.md', () => {
  const text = read('docs/architecture.md')
  for (const step of [
    'open-connection',
    'members',
    'update-settings',
    'broadcast',
    'sync',
    'renew',
    'fan-out',
    'groups',
  ])
    expect(text, step).toContain(`(\`${step}.ts\`)`)
})
