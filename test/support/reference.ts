import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

interface Response {
  $ref?: string
  content?: Record<string, { schema: object }>
}
interface Reference {
  paths: Record<string, Record<string, { responses: Record<string, Response> }>>
  components: { responses: Record<string, Response> }
}

const { paths, components } = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
) as Reference

const forms = Object.keys(paths).map(path => ({ path, form: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`) }))
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const validators = new Map<object, ValidateFunction>()

/**
 * Holds an answer of the HTTP API against docs/openapi.json. Paths that it does not know are let through.
 *
 * @throws Error where it has no such status, media type or form for this route
 */
export function checkAnswer(
  method: string,
  url: string,
  status: number,
  mediaType: string | null,
  body: unknown,
): void {
  const path = forms.find(({ form }) => form.test(url.split('?')[0] ?? ''))?.path
  const responses = path === undefined ? undefined : paths[path]?.[method.toLowerCase()]?.responses
  if (path === undefined || responses === undefined) return
  const wrong = (what: string) =>
    new Error(`${method} ${path} answered ${status} ${mediaType ?? 'without a body'}: ${what} in docs/openapi.json`)
  const named = responses[status]
  if (named === undefined) throw wrong('no such status')
  const { content } =
    named.$ref === undefined ? named : (components.responses[named.$ref.split('/').at(-1) ?? ''] ?? {})
  if (content === undefined && body === undefined) return
  const schema = content?.[mediaType ?? '']?.schema
  if (schema === undefined) throw wrong('no such media type')
  const validate = validators.get(schema) ?? ajv.compile({ ...schema, components })
  validators.set(schema, validate)
  if (!validate(body)) throw wrong(`${ajv.errorsText(validate.errors)} by the schema`)
}
