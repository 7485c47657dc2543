// Writes src/generated/: validators compiled from schemas/, so that no schema is compiled at run time, and the keys of an agent file.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'

const standaloneCode = standalone.default ?? standalone
const root = new URL('..', import.meta.url)
const generated = new URL('src/generated/', root)
/** Keywords of a schema that only people read. */
const ANNOTATIONS = ['description', 'examples', 'default', 'title']

await mkdir(generated, { recursive: true })
await writeRealtimeValidators()
await writeAgentFileSchema()
await writeAgentFileValidator()
await writeAgentFileKeys()
await writeJournalValidator()
await writeMetaSchemas()

/** One validator for each event and a few for parts, so that an error can name the exact place. One file per direction: a start loads only one. */
async function writeRealtimeValidators() {
  const schema = await readSchema('realtime-events')
  const ajv = new Ajv2020({ allErrors: true, strict: false, code: { source: true, esm: true } })
  ajv.addSchema(schema, 'events')
  const names = (pattern) => Object.keys(schema.$defs).filter((name) => pattern.test(name))
  const write = (file, exports) => {
    const targets = Object.fromEntries(exports.map((name) => [name, `events#/$defs/${name}`]))
    return writeModule(file, standaloneCode(ajv, targets), exports)
  }
  const client = [...names(/^Client_/), 'ClientEvent', 'ClientItem', 'SessionConfig']
  await write('realtime-client-events', client)
  await write('realtime-server-events', [...names(/^Server_/), 'ServerEvent', 'TolerantServerEvent', 'SessionObject'])
}

/** The schema of an agent file with parents merged and variables filled in, which is what gets validated. Editors see the file before that. */
async function writeAgentFileSchema() {
  const { if: _isWhole, then: whole, ...schema } = await readSchema('agent')
  const { reference: _reference, ...definitions } = schema.definitions
  const joined = withoutReferences({ ...schema, ...whole, definitions })
  await writeFile(new URL('agent-schema.json', generated), `${JSON.stringify(joined, null, 2)}\n`)
}

/** A schema in which no value may be a reference to the environment instead. */
function withoutReferences(schema) {
  if (Array.isArray(schema)) return schema.map(withoutReferences)
  if (typeof schema !== 'object' || schema === null) return schema
  const { anyOf, ...rest } = schema
  const values = Array.isArray(anyOf) ? anyOf.filter(({ $ref }) => $ref !== '#/definitions/reference') : []
  const own = values.length > 1 ? { anyOf: values } : values[0]
  const entries = Object.entries({ ...own, ...rest })
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutReferences(value)]))
}

async function readJoinedSchema() {
  return JSON.parse(await readFile(new URL('agent-schema.json', generated), 'utf8'))
}

async function writeAgentFileValidator() {
  const schema = await readJoinedSchema()
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: false, code: { source: true, esm: true } })
  ajv.addSchema(schema, 'agent')
  await writeModule('agent-file', standaloneCode(ajv, { agentFile: 'agent' }), ['agentFile'])
  // Answers only yes or no, and is a fraction of the other's size: most files have no fault.
  const quick = new Ajv({ messages: false, inlineRefs: false, strict: false, code: { source: true, esm: true } })
  quick.addSchema(withoutAnnotations(schema), 'agent')
  await writeModule('agent-file-fits', standaloneCode(quick, { agentFileFits: 'agent' }), ['agentFileFits'])
}

/** The top-level keys of an agent file and those of a tool: all that a valid file needs from the schema at run time. */
async function writeAgentFileKeys() {
  const { properties, definitions } = await readJoinedSchema()
  const keys = { file: Object.keys(properties), tool: Object.keys(definitions.tool.properties) }
  await writeFile(
    new URL('agent-file-keys.js', generated),
    `export const agentFileKeys = ${JSON.stringify(keys, null, 2)}\n`,
  )
  await writeFile(
    new URL('agent-file-keys.d.ts', generated),
    `/** By where a map stands: at the top of a file, or as an entry of its tools, which is one of a list in any file. */
export declare const agentFileKeys: { readonly file: readonly string[]; readonly tool: readonly string[] }
`,
  )
}

/** A schema without annotations. */
function withoutAnnotations(schema, isMapOfNames = false) {
  if (Array.isArray(schema)) return schema.map((each) => withoutAnnotations(each))
  if (typeof schema !== 'object' || schema === null) return schema
  const kept = Object.entries(schema).filter(([key]) => isMapOfNames || !ANNOTATIONS.includes(key))
  const namesBelow = (key) => !isMapOfNames && ['properties', 'patternProperties', 'definitions'].includes(key)
  const isValue = (key) => !isMapOfNames && ['const', 'enum'].includes(key)
  return Object.fromEntries(
    kept.map(([key, value]) => [key, isValue(key) ? value : withoutAnnotations(value, namesBelow(key))]),
  )
}

async function writeJournalValidator() {
  const ajv = new Ajv({ strict: false, code: { source: true, esm: true } })
  ajv.addSchema(await readSchema('jsonl'), 'jsonl.schema.json').addSchema(await readSchema('journal'), 'journal')
  await writeModule('journal', standaloneCode(ajv, { journalLine: 'journal' }), ['journalLine'])
}

/** The meta-schemas of the two JSON Schema drafts that "parameters" may use. */
async function writeMetaSchemas() {
  const options = { strict: false, validateFormats: false, code: { source: true, esm: true } }
  const draft2020 = { draft2020: 'https://json-schema.org/draft/2020-12/schema' }
  const draft07 = { draft07: 'http://json-schema.org/draft-07/schema' }
  await writeModule('meta-schema-2020', standaloneCode(new Ajv2020(options), draft2020), ['draft2020'])
  await writeModule('meta-schema-07', standaloneCode(new Ajv(options), draft07), ['draft07'])
}

async function writeModule(name, code, exports) {
  const withImports = code.replaceAll(/const (\w+) = require\("([^"]+)"\)\.default;/g, (_, id, from) => {
    return `import ${id}_module from '${from}.js';const ${id} = ${id}_module.default ?? ${id}_module;`
  })
  await writeFile(new URL(`${name}.js`, generated), withImports)
  const type = "import type { ValidateFunction } from 'ajv'\n"
  const lines = exports.map((each) => `export declare const ${each}: ValidateFunction\n`)
  await writeFile(new URL(`${name}.d.ts`, generated), type + lines.join(''))
}

async function readSchema(name) {
  return JSON.parse(await readFile(new URL(`schemas/${name}.schema.json`, root), 'utf8'))
}
