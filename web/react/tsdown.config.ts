import { defineConfig } from 'tsdown'
import { packageBuild } from '../tsdown.ts'

export default defineConfig(packageBuild)
