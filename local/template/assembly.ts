import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** One resource as CloudFormation gets it. */
export interface Resource {
  Type: string
  Properties?: Record<string, unknown>
}

export interface Template {
  Resources: Record<string, Resource>
  Outputs?: Record<string, { Value: unknown }>
  Conditions?: Record<string, unknown>
}

/** What `cdk synth` wrote for one stack. */
export interface Assembly {
  stackName: string
  template: Template
  /** The folder or file of an asset, by the hash that the template names it with. @throws Error where there is none */
  assetPath(hash: string): string
}

interface Manifest {
  artifacts: Record<string, { type: string; properties?: { templateFile?: string } }>
}
interface AssetManifest {
  files: Record<string, { source: { path: string } }>
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

/**
 * Reads a cloud assembly of one stack.
 *
 * @param folder such as `cdk.out`
 * @throws Error that says what is missing
 */
export function readAssembly(folder: string): Assembly {
  const { artifacts } = readJson(join(folder, 'manifest.json')) as Manifest
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack')
  const [stack] = stacks
  const templateFile = stack?.[1].properties?.templateFile
  if (stack === undefined || templateFile === undefined || stacks.length > 1)
    throw new Error(`${folder} holds ${stacks.length} stacks; the local run takes exactly one.`)
  const assetFiles = Object.entries(artifacts)
    .filter(([, { type }]) => type === 'cdk:asset-manifest')
    .map(([name]) => (readJson(join(folder, `${name}.json`)) as AssetManifest).files)
  return {
    stackName: stack[0],
    template: readJson(join(folder, templateFile)) as Template,
    assetPath(hash) {
      const file = assetFiles.map(files => files[hash]).find(found => found !== undefined)
      if (file === undefined) throw new Error(`The assembly has no asset ${hash}.`)
      return resolve(folder, file.source.path)
    },
  }
}
