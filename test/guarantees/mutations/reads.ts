import { store, type Edit, type Mutation } from './mutation.ts'

/** Makes the items of a query eventually consistent. */
const eventually = (find: string): Edit['replace'] => `ConsistentRead: false,\n${find}`
const queried = (name: string, find: string): readonly Edit[] => [store(name, find, eventually(find))]
const got = (name: string, key: string): readonly Edit[] => [
  store(name, `Key: ${key}, ConsistentRead: true`, `Key: ${key}, ConsistentRead: false`),
]
/** Makes the gets of a batch eventually consistent, by a client that asks for it. */
const batched = (name: string, keys: string): readonly Edit[] => [
  store(
    name,
    `batchGet(\n      this.#table,\n      ${keys}`,
    `batchGet(
      {
        ...this.#table,
        client: {
          send: command => {
            for (const request of Object.values(command.input.RequestItems)) request.ConsistentRead = false
            return this.#table.client.send(command)
          },
        },
      },
      ${keys}`,
  ),
]

/** An eventually consistent read in place of each consistent one. */
export const READS: readonly Mutation[] = [
  [
    'the audience of a broadcast, and the open connections of a user',
    queried('connections', "...(pk.startsWith('USER#')"),
  ],
  [
    'the members of a group',
    queried('memberships', "KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',"),
  ],
  ['the index of a user', queried('memberships', "KeyConditionExpression: 'pk = :pk AND begins_with(sk, :group)',")],
  [
    'the newest version',
    queried('settings-log', "KeyConditionExpression: 'pk = :pk AND sk BETWEEN :after AND :last',"),
  ],
  ['the history', queried('settings-log', "KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',")],
  ['one version', got('settings-log', 'keyOf(subject, version)')],
  ['one membership', got('memberships', 'memberKey(group, user)')],
  ['the row of a connection under its user', got('connections', 'userKey(user, connectionId)')],
  ['the memberships of a user', batched('memberships', 'groups.map(group => memberKey(group, user)),')],
  [
    'the memberships of those who could not be reached',
    batched('memberships', '[...keys].map(sk => ({ pk: groupPk(group), sk })),'),
  ],
  [
    'the rows of a connection in its groups',
    batched('connections', 'groups.map(group => groupKey(connection, group)),'),
  ],
  ['the rows that could not be reached', batched('connections', 'keys.map(sk => ({ pk, sk })),')],
].map(([what, edits]) => ({
  name: `eventually: ${what as string}`,
  what: 'read eventually consistent',
  edits: edits as readonly Edit[],
}))
