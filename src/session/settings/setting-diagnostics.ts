import type { Agent } from '../../agent/agent.ts'
import type { Diagnostic, Place } from '../../agent/findings/diagnostic.ts'
import { pointerOf, toDiagnostic } from '../../agent/findings/fault.ts'
import type { Mismatch } from './echo.ts'
import type { OmittedTools } from './listed-tools.ts'
import { entryOfServer, fieldInFile, placeOf } from './place.ts'

interface RefusedSetting {
  readonly message: string
  readonly code: string | null
  /** Its path on the wire, if the service said so. */
  readonly param: string | null
  /** From sending to refusal. */
  readonly ms: number
}

/** What the service refused, at the line where its author wrote it; null if it is in no file. */
export function refusalDiagnostic(
  agent: Agent,
  sentAs: string,
  { message, code, param, ms }: RefusedSetting,
): Diagnostic | null {
  const field = fieldInFile(agent, sentAs)
  const place = placeOf(agent, field)
  if (place === null) return null
  const sent = param === null ? 'Refused by the service' : `Sent as ${param}, and refused by the service`
  return toDiagnostic({
    rule: 'RV910',
    place,
    pointer: pointerTo(field),
    text: code ?? '',
    message: `${field}: ${message}${code === null ? '' : ` (${code})`}`,
    help: `${sent} after ${ms} ms.`,
  })
}

/** A message, with the line it is about if it has one. */
interface Finding {
  readonly message: string
  readonly diagnostic?: Diagnostic
}

/** Tools that a server lists and the agent leaves out, at the entry of the server. */
export function omittedToolsFinding(agent: Agent, { server, message, help }: OmittedTools): Finding {
  const field = entryOfServer(agent, server)
  const place = placeOf(agent, field)
  if (place === null) return { message }
  const diagnostic = toDiagnostic({ rule: 'RV912', message, help, place, pointer: pointerTo(field) })
  return { message: `${formatPlace(place)} ${message}`, diagnostic }
}

/** A setting that the service shows differently from what was requested, at its line if it has one. */
export function mismatchFinding(agent: Agent, { field, asked, shown }: Mismatch): Finding {
  const place = placeOf(agent, field)
  const message = `${field}: asked for ${abbreviate(asked)}, the service shows ${abbreviate(shown)}`
  if (place === null) return { message }
  const help = 'Write what the service shows, or a value that it knows.'
  const diagnostic = toDiagnostic({ rule: 'RV911', message, help, place, pointer: pointerTo(field) })
  return { message: `${formatPlace(place)} ${message}`, diagnostic }
}

/** Characters of a value that are shown. */
const VALUE_CHARACTERS_MAX = 200

function abbreviate(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX)}…`
}

/** A place in a file as one word that editors and terminals open. */
export function formatPlace({ file, start }: Place): string {
  return `${file}:${start.line}:${start.column}`
}

/** `tools[0].name` as a pointer. */
function pointerTo(field: string): string {
  return pointerOf(field.replaceAll(/\[(\d+)\]/g, '.$1').split('.'))
}
