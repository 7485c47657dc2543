import schema from '../../schemas/agent.schema.json' with { type: 'json' }

/** Prints the JSON Schema of the agent file. Gives the exit code. */
export function schemaCommand(): number {
  process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`)
  return 0
}
