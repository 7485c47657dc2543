import type { FrameRenderer } from '../printing/frames.ts'
import type { ProbeResult } from './probe.ts'

/** What the service said to a probe, as a line for the person who edits the file. */
export function probeMessage(
  probed: ProbeResult,
  about: {
    readonly file: string
    readonly generation: number
    /** The generation that new conversations begin with now. */
    readonly newest: number
    readonly frame: FrameRenderer['frame']
  },
): { readonly kind: 'info' | 'warning'; readonly text: string } {
  const { file, generation, newest, frame } = about
  switch (probed.kind) {
    case 'confirmed':
      return { kind: 'info', text: `${file}: the service said yes to generation ${generation} (${probed.ms} ms)` }
    case 'refused': {
      const { fields, message, diagnostic } = probed.refusal
      const shown = diagnostic === null ? '' : `\n${frame(diagnostic)}`
      const stays = `new conversations begin with generation ${newest}`
      const what = [stays, ...(fields.length === 0 ? [] : [fields.join(', ')]), message].join(': ')
      return { kind: 'warning', text: `${file}: refused by the service, ${what}${shown}` }
    }
    case 'unknown': {
      const text = `${file}: the service could not be asked about generation ${generation}: ${probed.message}`
      return { kind: 'warning', text }
    }
    default:
      return probed satisfies never
  }
}
