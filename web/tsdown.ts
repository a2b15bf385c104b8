import type { UserConfig } from 'tsdown'

/** How both packages are built: one file of ES2022 with its types and source maps, checked as the registry's users will see it. */
export const packageBuild: UserConfig = {
  entry: 'index.ts',
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  tsconfig: '../tsconfig.json',
  dts: true,
  sourcemap: true,
  copy: '../../LICENSE',
  publint: { level: 'suggestion', strict: true },
  attw: { profile: 'esm-only', level: 'error' },
  logLevel: 'warn',
}
