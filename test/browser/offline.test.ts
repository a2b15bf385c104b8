import type { WebSocketRoute } from 'playwright-core'
import { expect, it } from 'vitest'
import { look } from './support/look.ts'
import { isLive } from './support/person.ts'
import { useStage } from './support/stage.ts'

const stage = useStage()

it('a member who loses the network may do nothing until it is back, and then sees what changed meanwhile', async () => {
  const member = await stage.enter('bob', '/member')
  const sockets = new Set<WebSocketRoute>()
  await member.routeWebSocket(/.*/, socket => {
    socket.connectToServer()
    sockets.add(socket)
  })
  await member.reload()
  await isLive(member)
  const approve = member.getByRole('button', { name: 'Approve' }).first()
  expect(await approve.isEnabled()).toBe(true)

  await member.context().setOffline(true)
  for (const socket of sockets) await socket.close()
  await member.getByText('Offline, retrying').waitFor()
  await member.getByText('You are offline').waitFor()
  expect(await approve.isEnabled()).toBe(false)

  const admin = await stage.enter('alice', '/admin/engineering')
  await admin.getByRole('switch', { name: 'report.export' }).click()
  await admin.getByRole('button', { name: 'Save' }).click()
  await admin.getByText(/is saved/).waitFor()

  await member.context().setOffline(false)
  await isLive(member)
  await member.getByText(/alice changed engineering/).waitFor()
  expect(await approve.isEnabled()).toBe(true)
})

it('a page that is opened while nothing answers says so, and goes on by itself', async () => {
  const member = await stage.enter('bob', '/')
  let answers = false
  await member.routeWebSocket(/.*/, async socket => {
    if (answers) socket.connectToServer()
    else await socket.close()
  })
  await member.route(`${stage.httpUrl}/**`, route => (answers ? route.continue() : route.abort()))
  await member.reload()
  await member.getByText('No connection yet').waitFor()
  await look(member, 'no-connection')
  answers = true
  await member.getByText('See what you may do').waitFor()
})

it('a page whose script cannot be loaded says so, and comes when it can', async () => {
  const admin = await stage.enter('alice', '/')
  await admin.route('**/assets/admin-*.js', route => route.abort())
  await admin.getByText('Manage engineering').click()
  await admin.getByText('The server cannot be reached').waitFor()
  await admin.unroute('**/assets/admin-*.js')
  await admin.getByRole('button', { name: 'Try again' }).click()
  await admin.getByRole('switch', { name: 'invoice.approve' }).waitFor()
})
