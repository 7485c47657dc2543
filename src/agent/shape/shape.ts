import { agentFileFits } from '../../generated/agent-file-fits.js'
import type { Fault } from '../findings/fault.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { shapeFaults } from '../schema.ts'

/** Every fault of shape in an agent file: one for each cause, where the cause stands. */
export function checkShape(parsed: ParsedFile): readonly Fault[] {
  return agentFileFits(parsed.data) ? [] : shapeFaults(parsed)
}
