import fc from 'fast-check'
import { Act } from './act.ts'
import { Browser } from './browser.ts'
import { user } from './requests.ts'
import { Tab } from './tab.ts'
import { CONNECTIONS } from './world.ts'

export const opens = fc.record({ user, short: fc.boolean() }).map(
  ({ user, short }) =>
    new Act(`${user} opens a ${short ? 'short' : 'long'} session`, ({ world, browsers }) => {
      // A short session's token is renewed while others are busy.
      if (browsers.length < 4) browsers.push(new Browser(world, user, short ? 40_000 : 3_600_000))
    }),
)

export const cuts = fc.nat(5).map(
  index =>
    new Act(`cut socket ${index}`, ({ world }) => {
      const connection = world.gateway.open[index]
      if (connection !== undefined) world.gateway.close(connection.id)
    }),
)

export const waits = (...times: number[]) =>
  fc.constantFrom(...times).map(
    ms =>
      new Act(`wait ${ms} ms`, ({ world }) => {
        void world.pass(ms)
      }),
  )

/** Only in a storm: days go by, rows vanish. */
export const losses = fc.nat(9).map(
  index =>
    new Act(`lose row ${index}`, ({ world }) => {
      const row = world.dynamoDb.all(CONNECTIONS)[index]
      if (world.faults && row !== undefined) world.dynamoDb.lose(CONNECTIONS, row)
    }),
)

export const longWaits = fc.constantFrom(9 * 60_000, 3_700_000, 7_600_000).map(
  ms =>
    new Act(`wait ${ms / 60_000} minutes`, ({ world }) => {
      if (!world.faults) return
      void world.pass(ms).then(() => {
        world.gateway.endOldConnections()
        for (const row of world.dynamoDb.all(CONNECTIONS))
          if (Number(row['expiresAt']) * 1000 < world.now && world.dice.chance(0.5))
            world.dynamoDb.lose(CONNECTIONS, row)
      })
    }),
)

export const wakes = fc.nat(3).map(
  index =>
    new Act(`browser ${index} comes back to the front`, ({ browsers }) => {
      browsers[index]?.wake()
    }),
)

/** Tabs that do only what they are told. */
export const tabsOf = (user: fc.Arbitrary<string>) =>
  fc.record({ user, tokenMs: fc.constantFrom(1_000, 2_000, 8_000) }).map(
    ({ user, tokenMs }) =>
      new Act(`${user} opens a tab with a token for ${tokenMs} ms`, ({ world, tabs }) => {
        if (tabs.length < 3) tabs.push(new Tab(world, user, tokenMs))
      }),
  )

export const renewals = fc
  .record({ index: fc.nat(2), tokenMs: fc.constantFrom(2_000, 3_600_000) })
  .map(
    ({ index, tokenMs }) => new Act(`tab ${index} renews for ${tokenMs} ms`, ({ tabs }) => tabs[index]?.renew(tokenMs)),
  )

export const syncs = fc.nat(2).map(index => new Act(`tab ${index} syncs`, ({ tabs }) => tabs[index]?.sync()))
