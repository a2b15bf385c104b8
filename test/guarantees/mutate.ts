/**
 * A module loader hook: `node --import ./test/guarantees/mutate.ts …` runs the product with the mutation that `MUTATION` names.
 */
import { registerHooks } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mutate, named } from './mutations/mutations.ts'

const mutation = named(process.env['MUTATION'] ?? '')
const root = fileURLToPath(new URL('../../', import.meta.url))

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context)
    if (!url.startsWith('file:') || loaded.source === undefined) return loaded
    const edits = mutation.edits.filter(({ file }) => file === relative(root, fileURLToPath(url)))
    if (edits.length === 0) return loaded
    const source = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source)
    return { ...loaded, source: mutate(source, edits) }
  },
})
