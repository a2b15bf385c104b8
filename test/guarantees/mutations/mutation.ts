/**
 * Faults that are put into the product's code, one at a time, to see that the proof notices: `npm run test:mutations`. Each
 * replaces texts that stand in their files exactly once, so that none can rot unnoticed. No product code knows of them.
 */
export interface Mutation {
  name: string
  /** What is wrong with the code then. */
  what: string
  edits: readonly Edit[]
}

export interface Edit {
  file: string
  find: string
  replace: string
}

export const step = (name: string, find: string, replace: string): Edit => ({
  file: `functions/steps/${name}.ts`,
  find,
  replace,
})
export const store = (name: string, find: string, replace: string): Edit => ({
  file: `functions/store/${name}.ts`,
  find,
  replace,
})
export const client = (name: string, find: string, replace: string): Edit => ({
  file: `web/client/${name}.ts`,
  find,
  replace,
})

/** What tells somebody of a removal. */
export const REMOVE_HINT = "  await hint(services, user, { event: 'MembershipChanged', group, role: null })\n"
