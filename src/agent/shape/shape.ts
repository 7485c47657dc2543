import { agentFileFits } from '../../generated/agent-file-fits.js'
import type { Composed } from '../composition/origin.ts'
import type { Fault } from '../findings/fault.ts'
import { shapeFaults } from '../schema.ts'

/** Every fault of shape in an agent file: one for each cause, at its place. */
export function checkShape(parsed: Composed): readonly Fault[] {
  return agentFileFits(parsed.data) ? [] : shapeFaults(parsed)
}
