import { authorPath, type Fault, type Path, pointerOf } from '../findings/fault.ts'
import type { LoadRequest } from '../load-request.ts'
import { asSchema } from '../parameters/schemas-in.ts'
import { VARIABLE, variablesIn } from '../requests/template.ts'
import { runnerSecretIn } from '../runner-secrets.ts'
import { valueAt } from '../value-at.ts'
import { findForeignReference, fixReference } from './foreign-references.ts'
import type { Composed } from './origin.ts'

/** The settings that may name variables: those that differ from machine to machine. Never what the model reads. */
const VARIABLE_FIELDS =
  /^(connection\.\w+|voice|model|(stt|tts)\.model|tools\[\d+\]\.(run(\[\d+\])?|cwd|mcp\.(url|command(\[\d+\])?)))$/
/** Settings whose variables are read at each call, so that their values, which may be keys, are not stored in the agent. */
export const CALL_TIME_FIELDS = /^tools\[\d+\]\.(http\.(url|headers)|mcp\.headers)\b/
/** Templates that take arguments only: `$${env:` is unescaped when they are filled in. */
const BODY_FIELDS = /^tools\[\d+\]\.http\.body\b/
const VARIABLE_FIELDS_TEXT =
  'connection.*, voice, model, stt.model, tts.model, tools[].run and .cwd, tools[].http.url and .headers, and tools[].mcp.command, .url and .headers'

/** `$${env:…}` is the text itself; `${env:NAME}` and `${env:NAME:-default}` are replaced. */
const REFERENCE = new RegExp(String.raw`\$?\$\{env:(?:${VARIABLE})?`, 'g')

/** A file's data with the variables it names filled in. */
interface Resolved {
  readonly data: unknown
  readonly faults: readonly Fault[]
  /** What the author wrote, by JSON pointer, for each value that names a variable. */
  readonly references: ReadonlyMap<string, Reference>
}

export interface Reference {
  readonly path: Path
  readonly written: string
  /** One of its variables is not set, so the value is unknown; not where it is read at a call. */
  readonly isUnset: boolean
  /** Each of its variables took the default that the file gives, so nothing of the value came from the environment. */
  readonly isDefault: boolean
}

/** Resolves variables in settings that may name them, and reports them in others. */
export function resolveReferences(parsed: Composed, { env, purpose }: LoadRequest): Resolved {
  const faults: Fault[] = []
  const references = new Map<string, Reference>()
  return { data: fill(parsed.data, []), faults, references }

  function reportForeign(written: string, path: Path): void {
    const name = authorPath(path)
    if (!readsVariables(path)) return
    const tool = path[0] === 'tools' ? valueAt(parsed.data, path.slice(0, 2)) : null
    if (NESTED_REFERENCE.test(written)) return
    const foreign = findForeignReference(written, {
      isArgument: /\.(run|command)\[[1-9]\d*\]$/.test(name),
      isAddress: name.endsWith('url'),
      parameters: Object.keys(asSchema(asSchema(asSchema(tool).parameters).properties)),
    })
    if (foreign === null) return
    const { found, replacement } = foreign
    const isHost = replacement !== null && takesHostFromVariable(replacement) && /\.http\.url$/.test(name)
    const proposed = replacement === null ? COMMAND_HELP : `Write ${replacement}.`
    const help = isHost ? HOST_HELP : proposed
    const message = `${name} holds ${found}, which nobody fills in`
    const place = parsed.placeOf(path, 'value')
    const suggest = replacement === null || isHost ? [] : [JSON.stringify(replacement)]
    faults.push({ rule: 'RV206', message, help, place, pointer: pointerOf(path), suggest, text: written })
  }

  /** Returns the same value if nothing in it is resolved, as in most files: it is not copied then. */
  function fill(value: unknown, path: Path): unknown {
    if (typeof value === 'string') {
      if (!REFERENCE_HINT.test(value)) return value
      reportForeign(value, path)
      return value.includes(`\${env:`) ? fillText(value, path) : value
    }
    if (typeof value !== 'object' || value === null || !mayHoldReference(value)) return value
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]))
    const entries = Object.entries(value)
    return Object.fromEntries(
      entries.map(([key, inner]) => [key, isExtensionKey(key) ? inner : fill(inner, [...path, key])]),
    )
  }

  function fillText(written: string, path: Path): unknown {
    const name = authorPath(path)
    const isReadAtCall = CALL_TIME_FIELDS.test(name)
    if (!isReadAtCall && !VARIABLE_FIELDS.test(name)) {
      if (!namesVariable(written))
        return BODY_FIELDS.test(name) ? written : written.replaceAll(REFERENCE, unescapeReference)
      const help = `Variables are read in ${VARIABLE_FIELDS_TEXT} alone.`
      const outer = path.slice(1).map((_, index) => pointerOf(path.slice(0, index + 1)))
      report('RV206', `${name} names an environment variable, which is not read here`, help, path, outer)
      return written
    }
    if (name.endsWith('.http.url') && takesHostFromVariable(written)) {
      report(
        'RV206',
        `${name} takes its host from the environment, and the file has to say where a request goes`,
        HOST_HELP,
        path,
      )
      references.set(pointerOf(path), { path, written, isUnset: true, isDefault: false })
      return written
    }
    let isReference = false
    let isUnset = false
    let isDefault = true
    type MatchGroup = string | undefined
    const text = written.replaceAll(REFERENCE, (found, variable: MatchGroup, fallback: MatchGroup, at: number) => {
      if (found.startsWith('$$')) return unescapeReference(found)
      if (variable === undefined) {
        const { what, help } = describeBadReference(written.slice(at, at + BAD_REFERENCE_CHARACTERS_MAX))
        report('RV206', `${name} holds ${what}`, help, path)
        return found
      }
      isReference = true
      const given = Object.hasOwn(env, variable) ? env[variable] : undefined
      if (fallback !== undefined && !given) return fallback
      isDefault = false
      if (given !== undefined) return given
      isUnset = true
      report(
        'RV207',
        `${name} wants the variable ${variable}, which is not set`,
        unsetVariableHelp(variable, name),
        path,
      )
      return found
    })
    if (isReference) references.set(pointerOf(path), { path, written, isUnset: isUnset && !isReadAtCall, isDefault })
    if (isReadAtCall) return written
    return name === 'connection.start_audio_paused' && /^(true|false)$/.test(text) ? text === 'true' : text
  }

  function report(
    rule: 'RV206' | 'RV207',
    message: string,
    help: string,
    path: Path,
    dependsOn: readonly string[] = [],
  ) {
    const level = purpose === 'start' ? ({ level: 'error' } as const) : {}
    faults.push({
      rule,
      message,
      help,
      place: parsed.placeOf(path, 'value'),
      pointer: pointerOf(path),
      ...level,
      dependsOn,
    })
  }
}

/** How much of an invalid reference is read and shown, in characters. */
const BAD_REFERENCE_CHARACTERS_MAX = 200

/** What is wrong with the invalid reference at the start of a text. */
function describeBadReference(text: string): { readonly what: string; readonly help: string } {
  const [reference = ''] = /^\$\{env:(?:(?!\$\{)[^}])*\}?/.exec(text) ?? []
  const isOpen = !reference.endsWith('}')
  if (isOpen && reference.includes(':-') && text.startsWith(`\${`, reference.length))
    return { what: `${reference}\${…, a variable as the default of another`, help: 'A default is text: write it out.' }
  const right = fixReference(reference) ?? `\${env:NAME} or \${env:NAME:-default}`
  return { what: `${reference}, which names no variable`, help: `Write ${right}.` }
}

/** A variable inside the reference to another, in any syntax. */
const NESTED_REFERENCE = /\$\{env:[^{}]*\$\{/

/** Matches every text that may name a variable, in our syntax or a foreign one. */
const REFERENCE_HINT = /\$[({$A-Z_]|%[A-Z_]|\{\{|process\.env/

function mayHoldReference(value: unknown): boolean {
  if (typeof value === 'string') return REFERENCE_HINT.test(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(mayHoldReference)
}

/** Whether a text has a reference that is not escaped. */
function namesVariable(written: string): boolean {
  return [...written.matchAll(REFERENCE)].some(([found]) => !found.startsWith('$$'))
}

function unescapeReference(found: string): string {
  return found.slice(1)
}

const HOST_HELP = 'Write the host; what follows it may come from variables.'
const COMMAND_HELP = 'Nothing is run for a value: write it, or the name of a variable.'

/** Whether an address has a reference before its path. */
function takesHostFromVariable(written: string): boolean {
  return namesVariable(written) && !/^[a-z][a-z0-9+.-]*:\/\/[^/?#$]*[/?#]/i.test(written)
}

/** Secrets of the runner that settings would take: the key goes into the connection's header, the token to the page. */
export function runnerSecretFaults({ data, references }: Resolved, parsed: Composed): readonly Fault[] {
  return [...references].flatMap(([pointer, { path, written }]) => {
    const taken = variablesIn(written).find((name) => runnerSecretIn(name, data) !== undefined)
    if (taken === undefined) return []
    const message = `${authorPath(path)} would take ${taken}, ${runnerSecretIn(taken, data)}`
    const help = 'The runner alone reads it; remove the reference.'
    return [{ rule: 'RV404', message, help, place: parsed.placeOf(path, 'value'), pointer } as const]
  })
}

/** Whether a reference may stand at a path, which is one in an agent file or in a list of tools; headers are a map, and no text. */
export function readsVariables(path: Path): boolean {
  const name = authorPath(typeof path[0] === 'number' ? ['tools', ...path] : path)
  if (name === KEY_FIELD || KEY_VALUE_FIELD.test(name)) return false
  return (VARIABLE_FIELDS.test(name) || CALL_TIME_FIELDS.test(name)) && !/\.(http|mcp)\.headers$/.test(name)
}

/** The one setting that is the name of a variable: its value is another name, and never the key. */
export const KEY_FIELD = 'connection.api_key_env'
/** Foreign settings for the key itself: their fault says what to write. */
const KEY_VALUE_FIELD = /^connection\.(api_key|key|token)$/

export function unsetVariableHelp(variable: string, field: string): string {
  if (field === KEY_FIELD)
    return `Where ${variable} holds the key itself, write api_key_env: ${variable}; else it has to hold the name of the variable that does.`
  return `Set ${variable}, or give it a default: \${env:${variable}:-default}.`
}

/** Keys that begin with `x-` are the author's own. */
function isExtensionKey(key: string): boolean {
  return key.startsWith('x-')
}
