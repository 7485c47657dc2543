import schema from '../../schemas/agent.schema.json' with { type: 'json' }
import { EXIT } from '../runner/exit-code.ts'

/** Prints the JSON Schema of the agent file. Returns the exit code. */
export function schemaCommand(): number {
  process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`)
  return EXIT.done
}
