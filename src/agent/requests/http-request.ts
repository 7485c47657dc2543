import type { HttpTool } from '../tool.ts'
import { hasDotSegment } from './address.ts'
import { type ExactValue, isExactNumber, parseExactly } from './exact-json.ts'
import { argumentsIn, fillTemplate, firstUnset, type Values } from './template.ts'

/** What is sent for one call. */
export interface HttpRequest {
  readonly method: HttpTool['method']
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: string | null
}

/** Why a call makes no request: what the model may correct, or what the operator has to. */
type RefusedRequest = { readonly invalid: string } | { readonly misconfigured: string }

/** Places the arguments of a call by name, each encoded for where it stands. The host is the file's alone. */
export function fillRequest(
  tool: Pick<HttpTool, 'method' | 'url' | 'headers' | 'body'>,
  argumentsText: string,
  variable: Values['variable'],
): HttpRequest | RefusedRequest {
  const templates = [tool.url, ...Object.values(tool.headers)]
  const unset = templates.map((template) => firstUnset(template, variable)).find((name) => name !== undefined)
  if (unset !== undefined) return { misconfigured: `the variable ${unset} is not set` }
  // Without a prototype, so that `constructor` is no argument.
  const args: { readonly [name: string]: ExactValue } = { __proto__: null, ...parseExactly(argumentsText) }
  const argumentText = (name: string): string | undefined => textOf(args[name])
  const encoded: Values = { variable, argument: (name) => encode(argumentText(name)) }

  const [, base = tool.url, query] = /^([^?]*)\?(.*)$/s.exec(tool.url) ?? []
  const unfitSegment = argumentsIn(base).find((name) => /^(\.{0,2})$/.test(argumentText(name) ?? ''))
  if (unfitSegment !== undefined)
    return { invalid: `${unfitSegment} is part of an address: it must not be empty, "." or ".."` }
  const path = fillTemplate(base, encoded) ?? ''
  const pairs = (query ?? '').split('&').flatMap((pair) => fillTemplate(pair, encoded) ?? [])
  const url = query === undefined || pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
  // Two dots of an argument beside dots of the file.
  if (hasDotSegment(url)) return { invalid: 'an argument would lead to another address' }

  const headers: { [name: string]: string } = {}
  for (const [name, template] of Object.entries(tool.headers)) {
    const unfitArgument = argumentsIn(template).find((argument) => hasControls(argumentText(argument) ?? ''))
    if (unfitArgument !== undefined)
      return { invalid: `${unfitArgument} must not hold line breaks or control characters` }
    const value = fillTemplate(template, { variable, argument: argumentText })
    if (value !== undefined) headers[name.toLowerCase()] = encodeHeader(value)
  }
  if (tool.body === undefined) return { method: tool.method, url, headers, body: null }
  const filled = fillValue(tool.body, args)
  const type = headers['content-type'] ?? 'application/json'
  const body = /^application\/x-www-form-urlencoded\b/i.test(type) ? formOf(filled) : stringify(filled)
  return { method: tool.method, url, headers: { ...headers, 'content-type': type }, body }
}

/** No variable stands in a body. A whole value that is one placeholder keeps the argument's type; what is not given is left out. */
function fillValue(template: unknown, args: { readonly [name: string]: ExactValue }): unknown {
  if (Array.isArray(template)) {
    return template.map((item) => fillValue(item, args)).filter((item) => item !== undefined)
  }
  if (typeof template === 'object' && template !== null) {
    const entries = Object.entries(template).map(([key, value]) => [key, fillValue(value, args)] as const)
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  }
  if (typeof template !== 'string') return template
  const whole = /^\{([A-Za-z_][A-Za-z0-9_-]*)\}$/.exec(template)?.[1]
  if (whole !== undefined) return args[whole]
  return fillTemplate(template, { variable: () => undefined, argument: (name) => textOf(args[name]) })
}

function formOf(body: unknown): string {
  const entries = Object.entries(Object(body)).map(
    ([key, value]) => [key, textOf(value as ExactValue) ?? ''] as [string, string],
  )
  return new URLSearchParams(entries).toString()
}

/** An argument as text: a list with commas, a map as JSON, nothing where it is null or not given. */
function textOf(value: ExactValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value.toWellFormed()
  if (isExactNumber(value)) return value.rawJSON
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || isExactNumber(item)))
    return value.map((item) => textOf(item) ?? '').join(',')
  return typeof value === 'object' ? stringify(value) : String(value)
}

function encode(text: string | undefined): string | undefined {
  return text === undefined ? undefined : encodeURIComponent(text)
}

function hasControls(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f')
}

/** Headers are ASCII: anything else is percent-encoded. */
function encodeHeader(text: string): string {
  return text.toWellFormed().replaceAll(/[^\u0020-\u007e]+/g, encodeURIComponent)
}

function stringify(value: unknown): string {
  return JSON.stringify(value)
}
