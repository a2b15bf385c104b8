import { toJsonSchemaDefs, type ConversionConfig, type JsonSchema } from '@valibot/to-json-schema'
import type { GenericSchema } from 'valibot'
import { ID_PATTERN } from '../../protocol/ids.ts'
import { MAX_JSON_DEPTH, MAX_SETTINGS_BYTES } from '../../protocol/limits.ts'
import { jsonObject, jsonValue } from '../../protocol/schemas/json.ts'
import { subject } from '../../protocol/schemas/values.ts'

const form = `Numbers are finite; nested at most ${MAX_JSON_DEPTH} deep.`

/** What a check that is written as a function means in JSON Schema. */
const CUSTOM = new Map<unknown, JsonSchema>([
  [jsonValue, { description: `Any JSON value. ${form}` }],
  [
    jsonObject,
    { type: 'object', description: `A JSON object, at most ${MAX_SETTINGS_BYTES} bytes when serialized. ${form}` },
  ],
  [subject, { type: 'string', pattern: ID_PATTERN.source.replace('^', '^(group|user):') }],
])

/**
 * JSON Schemas (draft 2020-12) of these valibot schemas, by their names; where one of them is part of another, by reference.
 *
 * @throws where a schema holds a check that has no counterpart here
 */
export const jsonSchemas = (schemas: Readonly<Record<string, GenericSchema>>): Record<string, JsonSchema> =>
  toJsonSchemaDefs(schemas, {
    target: 'draft-2020-12',
    typeMode: 'input',
    // JSON has no other numbers.
    ignoreActions: ['finite'],
    // A record is refused where its keys are no plain text, though what was made of it says `propertyNames`.
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      valibotSchema.type === 'record' ? jsonSchema : CUSTOM.get(valibotSchema),
    overrideRef: ({ referenceId }) => referenceTo(referenceId).$ref,
  } satisfies ConversionConfig)

export const referenceTo = (name: string) => ({ $ref: `#/components/schemas/${name}` })
