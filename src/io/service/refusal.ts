import { type IncomingMessage, STATUS_CODES } from 'node:http'
import { tlsErrorMessage } from '../tls-error.ts'

/** The most bytes read of a refusal's body, and how long reading may take, in ms. */
const BODY_BYTES_MAX = 4_096
const BODY_MS = 2_000
/** The longest message made of a body, in characters. */
const MESSAGE_CHARACTERS_MAX = 500

/** An HTTP answer to the upgrade other than 101. */
interface Refusal {
  readonly status: number
  readonly message: string
  /** From `Retry-After`, in ms. */
  readonly retryAfterMs?: number
}

/** Reads the answer to a refused handshake, within limits. Never rejects. */
export async function readRefusal(response: IncomingMessage): Promise<Refusal> {
  const status = response.statusCode ?? 0
  const body = await readBody(response)
  const retryAfterMs = readRetryAfter(response.headers['retry-after'], Date.now())
  return {
    status,
    message: bodyMessage(body) || STATUS_CODES[status] || 'no reason given',
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  }
}

/** `Retry-After` as ms from now; the header is a number of seconds, or a date. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null
  if (/^[0-9]{1,9}$/.test(header.trim())) return Number(header) * 1_000
  const atMs = Date.parse(header)
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs)
}

/** A message for a failed connection to this host. */
export function networkErrorMessage(error: Error & { readonly code?: string }, host: string): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `connection to ${host} refused`
    case 'ECONNRESET':
      return `connection to ${host} reset`
    case 'ENOTFOUND':
      return `name ${host} not found`
    case 'EAI_AGAIN':
      return `name lookup of ${host} failed`
    case 'ETIMEDOUT':
      return `connection to ${host} timed out`
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${host} unreachable`
    default:
      return (
        tlsErrorMessage(error, host, 'ws://') ??
        (error.message || `connection to ${host} failed: ${error.code ?? error.name}`)
      )
  }
}

function readBody(response: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const finish = () => {
      clearTimeout(timer)
      resolve(Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString('utf8'))
    }
    const timer = setTimeout(finish, BODY_MS)
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes >= BODY_BYTES_MAX) finish()
    })
    response.once('end', finish)
    response.once('close', finish)
  })
}

/** The service's own message if the body is JSON with one; else its text without tags. */
function bodyMessage(body: string): string {
  const text = jsonMessage(body) ?? body.replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MESSAGE_CHARACTERS_MAX)
}

function jsonMessage(body: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body)
    return messageOf(parsed) ?? messageOf(field(parsed, 'error'))
  } catch {
    return null
  }
}

function messageOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  const message = field(value, 'message')
  return typeof message === 'string' ? message : null
}

function field(value: unknown, name: string): unknown {
  return Reflect.get(Object(value), name)
}
