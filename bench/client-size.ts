import { parseArgs } from 'node:util'
import { bundleSize, CLIENT, HOOKS, HOOKS_EXTERNAL } from './support/bundle.ts'
import { print } from './support/report.ts'

/**
 * What the browser clients add to a page, each as its documentation says to import it, built by one bundler in one run.
 *   npm run bench:client-size [-- --json]
 */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

const OTHERS = {
  centrifuge: `export { Centrifuge } from 'centrifuge'`,
  'socket.io-client': `export { io } from 'socket.io-client'`,
  'pusher-js': `export { default } from 'pusher-js'`,
  'ably, modular': `export { BaseRealtime, WebSocketTransport, FetchRequest } from 'ably/modular'`,
  ably: `export { Realtime } from 'ably'`,
}

const client = await bundleSize(CLIENT)
const hooks = await bundleSize(HOOKS, HOOKS_EXTERNAL)
const rows = [
  { name: '@grantwire/client', ...client },
  { name: '@grantwire/react, on top', ...hooks },
]
for (const [name, code] of Object.entries(OTHERS)) rows.push({ name, ...(await bundleSize(code)) })

print(
  {
    bench: 'client-size',
    tables: [
      {
        name: 'sizes',
        title: 'Bundled and minified by esbuild, then gzip -9',
        columns: { name: 'client', minified: 'minified (bytes)', gzipped: 'gzipped (bytes)', times: 'times ours' },
        rows: rows.map(row => ({ ...row, times: row.gzipped / client.gzipped })),
      },
    ],
    goals: [
      { goal: '@grantwire/client, bytes gzipped', value: client.gzipped, atMost: 5_000 },
      { goal: '@grantwire/react on top, bytes gzipped', value: hooks.gzipped, atMost: 1_000 },
    ],
  },
  values,
)
