import { expect, it } from 'vitest'
import type { Subject } from '../../../protocol/ids.ts'
import { PERMISSION_CASES } from '../../support/permission-cases.ts'
import { World } from './support/world.ts'

it.each(PERMISSION_CASES)('a client says what the server says: $name', async ({ documents, granted }) => {
  const world = new World()
  for (const [subject, settings] of Object.entries(documents)) {
    if (subject.startsWith('group:')) world.server.setRole(subject.slice('group:'.length), 'u', 'member')
    world.server.put(subject as Subject, settings)
  }
  const { grants } = await world.join({ user: 'u' })
  expect(grants.can('p')).toBe(granted)
  expect(world.server.me('u').permissions['p'] ?? false).toBe(granted)
  grants.close()
  expect(grants.can('p')).toBe(false)
})
