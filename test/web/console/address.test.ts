import { describe, expect, it } from 'vitest'
import { routeOf } from '../../../web/console/router.tsx'
import { inSlot, slotOf } from '../../../web/console/slot.ts'

describe('a path', () => {
  it.each([
    ['/', { page: 'home' }],
    ['/member', { page: 'member' }],
    ['/demo', { page: 'demo', signingIn: false }],
    ['/demo/sign-in', { page: 'demo', signingIn: true }],
    ['/demo/nothing', { page: 'missing' }],
    ['/admin/engineering', { page: 'admin', group: 'engineering', tab: 'settings' }],
    ['/admin/a%7Cb/history', { page: 'admin', group: 'a|b', tab: 'history' }],
    ['/admin/%E0%A4%A/members', { page: 'admin', group: '%E0%A4%A', tab: 'members' }],
    ['/admin', { page: 'missing' }],
    ['/admin/engineering/nothing', { page: 'missing' }],
    ['/admin/engineering/history/3', { page: 'missing' }],
    ['/nothing', { page: 'missing' }],
  ])('%s shows its page', (path, route) => {
    expect(routeOf(path)).toEqual(route)
  })
})

describe('a slot', () => {
  const at = (address: string) => slotOf(new URL(address, 'http://localhost'))

  it('is named by the address, and by the state on the way back from the provider', () => {
    expect(at('/member?as=bob')).toBe('bob')
    expect(at('/callback?code=1&state=abc;bob')).toBe('bob')
    expect(at('/callback?code=1&state=abc')).toBeUndefined()
    expect(at('/member')).toBeUndefined()
  })

  it('is no slot where the name is no user', () => {
    expect(at('/member?as=')).toBeUndefined()
    expect(at('/member?as=a%2Fb')).toBeUndefined()
  })

  it('comes along to the next path', () => {
    expect(inSlot('/member', 'a+b')).toBe('/member?as=a%2Bb')
    expect(inSlot('/member', undefined)).toBe('/member')
  })
})
