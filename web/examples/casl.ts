import { createMongoAbility, type MongoAbility, type RawRuleOf } from '@casl/ability'
import type { Grants, Subject } from '@grantwire/client'

type Ability = MongoAbility<[action: string, subject: string]>

/** `invoice.approve` is CASL’s "approve" of an "invoice". What is not granted has no rule, which is CASL’s "cannot". */
function rulesOf(grants: Grants): RawRuleOf<Ability>[] {
  const subjects: Subject[] = grants.groups.map(({ group }) => `group:${group}` as const)
  if (grants.user !== undefined) subjects.push(`user:${grants.user}`)
  const names = new Set(subjects.flatMap(subject => Object.keys(grants.settings(subject) ?? {})))
  // can() applies the rule over all documents, and is false for what is no permission and for all that may be outdated.
  return [...names].sort().flatMap(name => {
    const [subject, action] = name.split('.', 2)
    return subject && action && grants.can(name) ? [{ action, subject }] : []
  })
}

/**
 * A CASL ability that follows the user's settings: `ability.can('approve', 'invoice')`. CASL tells its own listeners (and
 * `<Can>` of `@casl/react`) of every update.
 *
 * @returns the ability, and how to stop feeding it
 */
export function abilityFrom(grants: Grants): { ability: Ability; stop: () => void } {
  const ability = createMongoAbility<Ability>(rulesOf(grants))
  let last = JSON.stringify(ability.rules)
  const stop = grants.subscribe(() => {
    const rules = rulesOf(grants)
    const next = JSON.stringify(rules)
    if (next === last) return
    last = next
    ability.update(rules)
  })
  return { ability, stop }
}
