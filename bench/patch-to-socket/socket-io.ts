import express from 'express'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import type { Settings } from '../../protocol/documents.ts'

/**
 * The same job in one process: a PATCH changes an object in memory and is emitted to every socket. It keeps nothing, asks
 * nobody who they are, and serves one machine's sockets.
 */
export async function startSocketIo(): Promise<{ url: string; close: () => Promise<void> }> {
  const users = new Map<string, { version: number; settings: Settings }>()
  const app = express().use(express.json({ type: 'application/merge-patch+json' }))
  const http = createServer(app)
  const io = new Server(http)
  app.patch('/user/:id', (req, res) => {
    const { version, settings: before } = users.get(req.params.id) ?? { version: 0, settings: {} }
    const change = req.body as Settings
    const user = { version: version + 1, settings: { ...before, ...change } }
    users.set(req.params.id, user)
    const updatedAt = new Date().toISOString()
    io.emit('UserUpdated', { subject: `user:${req.params.id}`, ...user, change, updatedBy: 'alice', updatedAt })
    res.json({ message: 'updated', ...user })
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, close: () => io.close() }
}
