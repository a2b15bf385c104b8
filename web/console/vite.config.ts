import react from '@vitejs/plugin-react'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const web = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

export default defineConfig({
  root: web('console'),
  plugins: [react()],
  // The console runs on the packages' source, so it cannot lag behind them.
  resolve: {
    alias: {
      '@grantwire/client': web('client/index.ts'),
      '@grantwire/react': web('react/index.ts'),
    },
  },
  build: {
    outDir: web('../dist/console'),
    emptyOutDir: true,
    // From these versions on light-dark() needs no rewriting.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // A data: address would need a hole in the content security policy.
    assetsInlineLimit: 0,
  },
})
