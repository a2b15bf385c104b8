export { GrantsProvider, useGrants, type GrantsProviderProps } from './provider.ts'
export { useCan, useConnection, useFreshness, useGrantsEvent, useSettings } from './hooks.ts'
