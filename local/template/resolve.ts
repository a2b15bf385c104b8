import type { Template } from './assembly.ts'

/** What a reference to a resource stands for: its `Ref`, and its attributes for `Fn::GetAtt`. */
export interface Physical {
  ref: string
  attributes: Record<string, string>
}

/** Resolves CloudFormation's intrinsic functions. */
export interface Resolver {
  /** Any value of the template. @throws Error that names what cannot be resolved */
  resolve(value: unknown): unknown
  /** A value that must be a string. */
  text(value: unknown): string
  /** Strings of a list that may be missing. */
  texts(value: unknown): string[]
}

/**
 * @param physical what a logical id stands for, or undefined for a resource that the local run does not know
 * @param pseudo pseudo parameters such as `AWS::Region`
 * @param rewrite applied to every string that comes out: puts local addresses in the place of AWS's
 */
export function createResolver(
  template: Template,
  physical: (logicalId: string) => Physical | undefined,
  pseudo: Readonly<Record<string, string>>,
  rewrite: (text: string) => string,
): Resolver {
  const reference = (logicalId: string): string => {
    const value = pseudo[logicalId] ?? of(logicalId).ref
    return value
  }
  const of = (logicalId: string): Physical => {
    const found = physical(logicalId)
    if (found !== undefined) return found
    const type = template.Resources[logicalId]?.Type ?? 'no resource'
    throw new Error(`The local run does not know ${type} (${logicalId}), and something that it runs refers to it.`)
  }
  const attribute = (logicalId: string, name: string): string => {
    const value = of(logicalId).attributes[name]
    if (value === undefined)
      throw new Error(
        `The local run does not know the attribute ${name} of ${logicalId} (${template.Resources[logicalId]?.Type ?? ''}).`,
      )
    return value
  }
  const list = (value: unknown): unknown[] => {
    if (!Array.isArray(value)) throw new Error(`Expected a list in the template, found ${JSON.stringify(value)}`)
    return value
  }

  const functions: Record<string, (argument: unknown) => unknown> = {
    Ref: id => reference(String(id)),
    'Fn::GetAtt': argument => {
      const [id, name] = typeof argument === 'string' ? argument.split(/\.(.*)/s) : list(argument)
      return attribute(String(id), String(name))
    },
    'Fn::Join': argument => {
      const [separator, parts] = list(argument)
      return list(raw(parts)).join(String(separator))
    },
    'Fn::Select': argument => {
      const [index, items] = list(argument)
      return list(raw(items))[Number(index)]
    },
    'Fn::Split': argument => {
      const [separator, text] = list(argument)
      return String(raw(text)).split(String(separator))
    },
    'Fn::Sub': argument => {
      const [text, variables] = typeof argument === 'string' ? [argument, {}] : list(argument)
      return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
        if (literal !== '') return `\${${name}}`
        const own = (variables as Record<string, unknown>)[name]
        if (own !== undefined) return String(raw(own))
        const [id = '', attributeName] = name.split(/\.(.*)/s)
        return attributeName === undefined ? reference(id) : attribute(id, attributeName)
      })
    },
    'Fn::If': argument => {
      const [condition, yes, no] = list(argument)
      return raw(raw(template.Conditions?.[String(condition)]) === true ? yes : no)
    },
    'Fn::Equals': argument => {
      const [a, b] = list(argument).map(raw)
      return a === b
    },
  }

  function raw(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(raw)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    const [name, argument] = entries[0] ?? []
    if (entries.length === 1 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::'))) {
      const run = functions[name]
      if (run === undefined) throw new Error(`The local run does not know the intrinsic function ${name}.`)
      return run(argument)
    }
    return Object.fromEntries(entries.map(([key, child]) => [key, raw(child)]))
  }

  const rewritten = (value: unknown): unknown => {
    if (typeof value === 'string') return rewrite(value)
    if (Array.isArray(value)) return value.map(rewritten)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, rewritten(child)]))
  }

  return {
    resolve: value => rewritten(raw(value)),
    text(value) {
      const resolved = rewritten(raw(value))
      if (typeof resolved !== 'string')
        throw new Error(`Expected a text in the template, found ${JSON.stringify(resolved)}`)
      return resolved
    },
    texts(value) {
      return value === undefined ? [] : list(rewritten(raw(value))).map(String)
    },
  }
}
