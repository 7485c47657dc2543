import type { RuleTable } from './rule.ts'

/** RV401 to RV409: keys and who gets to see them. */
export const SECRET_RULES = {
  RV401: {
    level: 'error',
    title: 'something that looks like a key',
    help: 'Files are copied, committed and shown. Put the key into an environment variable and name the variable; a key that was committed wants to be replaced.',
    validExample: 'connection: { api_key_env: INWORLD_API_KEY }',
    mayBeLowered: true,
  },
  RV402: {
    level: 'warning',
    title: 'a variable that the example file does not name',
    help: 'Where the root holds .env.example, it names every variable that the agents want, so that the next machine is set up in one go.',
    validExample: 'connection: { api_key_env: INWORLD_API_KEY }',
  },
  RV403: {
    level: 'warning',
    title: 'the prompt names the variable of a secret',
    help: 'The model needs no secrets, and can be talked into telling what it knows. Remove the name.',
    validExample: 'instructions: Be brief.',
  },
  RV404: {
    level: 'error',
    title: 'a secret of the runner is given to a tool, or filled in',
    help: 'The key of the service goes into the header of the connection, RUNNER_TOKEN to the page, and neither anywhere else.',
    validExample:
      'tools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh, env: [SHOP_DB] }',
  },
} as const satisfies RuleTable
