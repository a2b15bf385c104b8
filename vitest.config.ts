import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url))

export default defineConfig({
  test: {
    // Most tests of the local run wait: for a delay, for a refusal that ends a scenario, for a browser. More workers than cores
    // let others work meanwhile.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{protocol,core,store,gateway,http,functions,layering,docs}/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        resolve: {
          alias: { '@grantwire/client': path('web/client/index.ts'), '@grantwire/react': path('web/react/index.ts') },
        },
        test: { name: 'web', include: ['test/web/**/*.test.{ts,tsx}'] },
      },
      { test: { name: 'infra', include: ['test/infra/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
      { test: { name: 'guarantees', include: ['test/guarantees/**/*.test.ts'], testTimeout: 120_000 } },
      {
        test: {
          name: 'local',
          include: ['test/{local,conformance,soak}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'packages',
          include: ['test/packages/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'browser',
          // A browser, four pages and the whole stack share two cores: a page that was starved gets one more try.
          retry: 1,
          // One stack and one browser for all files, which follow each other: they share the demo's groups.
          globalSetup: 'test/browser/support/global.ts',
          fileParallelism: false,
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
