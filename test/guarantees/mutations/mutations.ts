import { OF_THE_DESIGN } from './of-the-design.ts'
import { OUR_OWN } from './our-own.ts'
import { READS } from './reads.ts'
import type { Edit, Mutation } from './mutation.ts'

export const MUTATIONS: readonly Mutation[] = [...OF_THE_DESIGN, ...READS, ...OUR_OWN]

/** @throws Error where there is no such mutation */
export function named(name: string): Mutation {
  const mutation = MUTATIONS.find(other => other.name === name)
  if (mutation === undefined) throw new Error(`there is no mutation ${name}`)
  return mutation
}

/** The source of one file with these edits. @throws Error where a text does not stand there exactly once */
export function mutate(source: string, edits: readonly Edit[]): string {
  for (const { file, find, replace } of edits) {
    const parts = source.split(find)
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`)
    source = parts.join(replace)
  }
  return source
}
