import type { Path } from '../findings/fault.ts'
import { authorPath, pointerOf } from '../findings/fault.ts'
import { isMap } from '../is-map.ts'
import { nearest } from '../nearest.ts'
import { asSchema } from '../parameters/schemas-in.ts'
import { hasDotSegment } from '../requests/address.ts'
import { argumentsIn } from '../requests/template.ts'
import { valueText } from '../value-text.ts'
import type { Finding } from './check.ts'
import { foreignPlaceholderFaults } from './foreign-placeholders.ts'
import { intendedKeyword } from './schema-keywords.ts'

/** An http tool as its author wrote it: any of it may be of the wrong shape. */
export interface HttpToolData {
  readonly http?: {
    readonly method?: unknown
    readonly url?: unknown
    readonly headers?: unknown
    readonly body?: unknown
    readonly allow_private?: unknown
  }
  readonly parameters?: { readonly properties?: unknown; readonly required?: unknown }
}

/** What is wrong with the request of an http tool: its host is the file's, and each placeholder is one of its parameters. */
export function httpFaults(tool: HttpToolData, path: Path): readonly Finding[] {
  const { http } = tool
  if (typeof http?.url !== 'string') return []
  const at = [...path, 'http']
  return [
    ...addressFaults(http.url, http.allow_private, at),
    ...placeholderFaults(tool, at),
    ...foreignPlaceholderFaults(templatesOf(http, at), tool.parameters, at),
    ...bodyFaults(http, at),
    ...duplicateHeaderFaults(http.headers, at),
  ]
}

/** Case does not count in the names of headers: of two that are equal but for that, one would be lost. */
export function duplicateHeaderFaults(headers: unknown, at: Path): readonly Finding[] {
  const names = Object.keys(asSchema(headers))
  return names.flatMap((name, index): readonly Finding[] => {
    const first = names.findIndex((other) => other.toLowerCase() === name.toLowerCase())
    if (first === index) return []
    const path = [...at, 'headers', name]
    const message = `${name} in ${authorPath([...at, 'headers'])} is ${names[first]} once more: case does not count there`
    return [{ rule: 'RV003', message, help: 'Keep one of the two.', path, part: 'key' }]
  })
}

/** What is wrong with an address: a placeholder may not choose its host, and a private one is allowed by name. */
export function addressFaults(url: string, allowed: unknown, at: Path): readonly Finding[] {
  const path = [...at, 'url']
  const finding = (what: string, help: string): readonly Finding[] => [
    { rule: 'RV517', message: `${authorPath(path)} ${what}`, help, path },
  ]
  if (argumentsIn(originOf(url)).length > 0) {
    return finding('has a placeholder in its host', 'The model must not choose where a request goes: write the host.')
  }
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !HTTP_ORIGIN.test(url)) {
    const example = at.at(-1) === 'mcp' ? 'https://shop.example/mcp' : 'https://shop.example/orders'
    return finding('is no http address', `Write one such as ${example}.`)
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return finding('holds a user or a password', `Write a header such as Authorization: "Bearer \${env:SHOP_TOKEN}".`)
  }
  if (url.includes('#')) return finding('has a fragment, which is never sent', 'Remove what follows the #.')
  if (hasDotSegment(url)) return finding('has a step upward in its path', 'Write the path itself.')
  const host = stripBrackets(parsed.hostname)
  if (!isPrivateLiteral(parsed.hostname) || listOf(allowed).includes(host)) return []
  const message = `${authorPath(path)} leads to ${host}, which is a private address`
  const allowing = pointerOf([...at, 'allow_private'])
  return [
    {
      rule: 'RV514',
      message,
      help: `If that is meant, write allow_private: ["${host}"].`,
      path,
      dependsOn: [allowing, `${allowing}/`],
    },
  ]
}

/** What stands before the path of an address. */
function originOf(url: string): string {
  return /^[^?#]*?:\/\/[^/?#]*/.exec(url)?.[0] ?? ''
}

/** How an address has to begin. A parser would take a host as well from `https:host` and `https:///host`, in which nobody reads one. */
const HTTP_ORIGIN = /^https?:\/\/[^\s/\\]/i

/** Whether a host is private, as far as that is known without DNS; the rest is checked when the request is made. */
function isPrivateLiteral(host: string): boolean {
  return /^(localhost|.*\.localhost|0\..*|10\..*|127\..*|169\.254\..*|172\.(1[6-9]|2\d|3[01])\..*|192\.168\..*|\[(::|f[cd]|fe[89ab]).*\])\.?$/.test(
    host,
  )
}

function stripBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

function placeholderFaults({ http, parameters }: HttpToolData, at: Path): readonly Finding[] {
  const known = Object.keys(asSchema(asSchema(parameters).properties))
  const required = listOf(asSchema(parameters).required)
  const schema = [...at.slice(0, -1), 'parameters']
  const pointersTo = (...keys: readonly string[]) => keys.map((key) => `${pointerOf(schema)}/${key}`)
  const reported = new Set<string>()
  const unknown = (template: string, path: Path): readonly Finding[] =>
    argumentsIn(template).flatMap((name): readonly Finding[] => {
      if (known.includes(name) || reported.has(name)) return []
      reported.add(name)
      const message = `${authorPath(path)} places {${name}}, which is no parameter`
      const dependsOn = pointersTo('type', 'properties')
      const misspelt = misspeltKeyword('properties', parameters)
      if (misspelt !== null)
        return [{ rule: 'RV513', message, ...misspelt, path: [...schema, ...misspelt.path], dependsOn }]
      const [near] = nearest(name, known)
      const position = required.indexOf(name)
      if (position >= 0) {
        const help = `It is required, and not declared: write ${name} under properties${near === undefined ? '' : `, in the place of ${near}`}.`
        return [{ rule: 'RV513', message, help, path: [...schema, 'required', position], dependsOn }]
      }
      const all = known.length === 0 ? 'Declare it under parameters.' : `The parameters are: ${known.join(', ')}.`
      const help = near === undefined ? all : `Did you mean {${near}}? ${all}`
      return [{ rule: 'RV513', message, help, path, dependsOn }]
    })
  const url = valueText(http?.url)
  const behindOrigin = url.slice(originOf(url).length)
  const inPath = argumentsIn(/^[^?]*/.exec(behindOrigin)?.[0] ?? '')
  const missing = inPath
    .filter((name) => known.includes(name) && !required.includes(name))
    .map((name): Finding => {
      const path = [...at, 'url']
      const message = `${authorPath(path)} places {${name}} in its path, and calls may leave it out`
      const misspelt = misspeltKeyword('required', parameters)
      const dependsOn = pointersTo('required', 'required/', `properties/${name}/required`)
      if (misspelt !== null)
        return { rule: 'RV513', message, ...misspelt, path: [...schema, ...misspelt.path], dependsOn }
      const position = required.findIndex((each) => isMisspelt(each, name, known))
      if (position >= 0) {
        const help = `Write ${name} in the place of ${required[position]}.`
        return {
          rule: 'RV513',
          message,
          help,
          path: [...schema, 'required', position],
          dependsOn: pointersTo('required'),
        }
      }
      return { rule: 'RV513', message, help: `Add ${name} to required.`, path, dependsOn }
    })
  const texts = templatesOf(isMap(http) ? { ...http, url: behindOrigin } : http, at)
  return [...missing, ...texts.flatMap(([text, path]) => unknown(text, path))]
}

/** Whether a word is none of those that are known, and this one is likely to be meant. */
function isMisspelt(word: unknown, name: string, known: readonly string[]): boolean {
  return typeof word === 'string' && !known.includes(word) && nearest(word, known)[0] === name
}

/** A key of the parameters that is a misspelling of this JSON Schema keyword: a fault caused by that is reported there. */
function misspeltKeyword(word: string, parameters: unknown): Pick<Finding, 'help' | 'path' | 'part'> | null {
  const schema = asSchema(parameters)
  const key = Object.keys(schema).find((each) => intendedKeyword(each, schema.type) === word)
  if (key === undefined || Object.hasOwn(schema, word)) return null
  return { help: `Write ${word} in the place of "${key}".`, path: [key], part: 'key' }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Every text of a request, with its path. */
export function templatesOf(value: unknown, path: Path): readonly (readonly [template: string, path: Path])[] {
  if (typeof value === 'string') return [[value, path]]
  if (Array.isArray(value)) return value.flatMap((item, index) => templatesOf(item, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => templatesOf(inner, [...path, key]))
}

function bodyFaults({ method = 'GET', body }: NonNullable<HttpToolData['http']>, at: Path): readonly Finding[] {
  if (body === undefined || method !== 'GET') return []
  const path = [...at, 'body']
  const help = 'Write method: POST, or place the arguments in the url.'
  return [
    {
      rule: 'RV517',
      message: `${authorPath(path)} belongs to no GET`,
      help,
      path,
      dependsOn: [pointerOf([...at, 'method'])],
    },
  ]
}
