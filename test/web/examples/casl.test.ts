import { expect, test, vi } from 'vitest'
import { abilityFrom } from '../../../web/examples/casl.ts'
import { FakeGrants } from '../react/fake-grants.ts'

test('a CASL ability may what the client grants, and tells its listeners only of what changed', () => {
  const fake = new FakeGrants()
  fake.groups = [{ group: 'eng', role: 'member' }]
  const { ability, stop } = abilityFrom(fake.grants)
  expect(ability.can('approve', 'invoice')).toBe(false)

  const told = vi.fn()
  ability.on('updated', told)
  const documents = { 'group:eng': { 'invoice.approve': true, limit: 5, beta: true } }
  fake.change({ documents, permissions: { 'invoice.approve': true, beta: true } })
  expect(ability.can('approve', 'invoice')).toBe(true)
  expect(ability.can('approve', 'report')).toBe(false)
  fake.change({ freshness: 'fresh' })
  expect(told).toHaveBeenCalledOnce()

  fake.change({ permissions: {} })
  expect(ability.can('approve', 'invoice')).toBe(false)

  stop()
  fake.change({ permissions: { 'invoice.approve': true } })
  expect(ability.can('approve', 'invoice')).toBe(false)
})
