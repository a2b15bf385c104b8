import { expect, test } from 'vitest'
import { requireAdmin, requireSelf, requireService } from '../../functions/http/permit.ts'
import type { Membership, Memberships } from '../../functions/store/memberships.ts'
import { errorOf } from './support.ts'

const roles: Record<string, Membership['role']> = { 'eng alice': 'admin', 'eng bob': 'member', 'ops bob': 'admin' }
const memberships = {
  get: async (group: string, user: string) => {
    const role = roles[`${group} ${user}`]
    return role && { group, user, role, since: '2026-01-01T00:00:00.000Z' }
  },
} as unknown as Memberships
const nobody = {
  get: async () => {
    throw new Error('nobody is looked up for a service')
  },
} as unknown as Memberships

const user = (name: string) => ({ user: name, service: false })
const service = { user: 'crm', service: true }

test('an admin of the group may', async () => {
  await expect(requireAdmin(memberships, user('alice'), 'eng')).resolves.toBeUndefined()
})

test.each([
  ['a member', 'bob', 'eng'],
  ['a stranger', 'carol', 'eng'],
  ['an admin of another group', 'alice', 'ops'],
])('%s may not do what admins may', async (_, name, group) => {
  await expect(requireAdmin(memberships, user(name), group)).rejects.toMatchObject({ code: 'forbidden' })
})

test('a service may do what admins may, of whatever group', async () => {
  await expect(requireAdmin(nobody, service, 'eng')).resolves.toBeUndefined()
})

test('only a service may do what is for services', () => {
  expect(() => requireService(service)).not.toThrow()
  expect(errorOf(() => requireService(user('alice'))).code).toBe('forbidden')
})

test('a user reads their own settings, a service everybody’s', () => {
  expect(() => requireSelf(user('bob'), 'bob')).not.toThrow()
  expect(() => requireSelf(service, 'bob')).not.toThrow()
  expect(errorOf(() => requireSelf(user('alice'), 'bob')).code).toBe('forbidden')
})
