export { GrantsProvider, useGrants } from './provider.ts'
export { useCan, useConnection, useFreshness, useGrantsEvent, useSettings } from './hooks.ts'
