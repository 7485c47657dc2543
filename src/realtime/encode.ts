import type { ClientEvent } from './client-event.ts'

/** One text frame for the service. */
export function encode(event: ClientEvent): string {
  return JSON.stringify(event)
}
