import { connect, UnauthorizedError } from '@grantwire/client'

/**
 * A Node service that follows one group (Node.js 22 or newer has a WebSocket of its own). Its token is an access token of a
 * user who is a member of the group.
 *
 *   node watch-group.ts wss://abc.execute-api.eu-west-1.amazonaws.com/prod engineering
 */
const [webSocketUrl, group] = process.argv.slice(2)
if (webSocketUrl === undefined || group === undefined)
  throw new Error('Usage: node watch-group.ts <WebSocket URL> <group>')

const grants = connect({
  webSocketUrl,
  getToken() {
    const token = process.env['GRANTWIRE_TOKEN']
    if (token === undefined) throw new UnauthorizedError('Set GRANTWIRE_TOKEN to an access token.')
    return token
  },
})

grants.on('UserUpdated', ({ subject, version, change, updatedBy }) => {
  if (subject === `group:${group}`) console.log(`version ${version} by ${updatedBy}:`, change)
})
grants.on('MembershipChanged', ({ group: changed, role }) => {
  if (changed === group) console.log(role === null ? 'no longer a member' : `now a ${role}`)
})
grants.subscribe(() => {
  const { state, reason } = grants.connection
  if (state === 'closed' && reason !== 'closed') process.exitCode = 1
})

await grants.whenFresh({ signal: AbortSignal.timeout(30_000) })
console.log(`${group} is at version ${grants.version(`group:${group}`) ?? 'none'}`)
process.once('SIGINT', () => grants.close())
