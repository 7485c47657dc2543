import type { RuleTable } from './rule.ts'

/** RV201 to RV219: what names something else. */
export const REFERENCE_RULES = {
  RV201: {
    level: 'error',
    title: 'a file that is named is missing',
    help: 'Paths are relative to the file that names them.',
    validExample: 'instructions_file: ./prompt.md',
  },
  RV202: {
    level: 'error',
    title: 'a path leads out of the root',
    help: 'Every file of an agent lies inside its project: the nearest folder upward with .runner.yaml, package.json or .git; without one, the folder above that of the agent file. Links are followed before this is judged.',
    validExample: 'instructions_file: ./prompt.md',
  },
  RV203: {
    level: 'error',
    title: 'files that name each other in a circle, or too many of them',
    help: 'A file may extend one other, five deep, and no file may lead back to itself.',
    validExample: 'description: Stands on its own.',
  },
  RV204: {
    level: 'error',
    title: 'two tools with one name',
    help: 'The model calls a tool by its name alone, and mixes up names that differ in capitals. Give each a name of its own; look into included files as well.',
    validExample:
      'tools:\n  - { name: find_order, description: Finds an order., run: ./tools/fine.sh }\n  - { name: find_parcel, description: Finds a parcel., run: ./tools/fine.sh }',
  },
  RV205: {
    level: 'error',
    title: 'tool_choice names no tool',
    help: 'The tool that the model must use has to stand under tools.',
    validExample:
      'tool_choice: { type: function, name: look_up }\ntools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh }',
  },
  RV206: {
    level: 'error',
    title: 'a reference to the environment that is not read',
    help: 'Variables are read where machines differ, and never in what the model is told. $${env:NAME} writes the text itself. Where they are read, $NAME and other forms are told as well, since nobody fills them in.',
    validExample: `voice: "\${env:DESK_VOICE:-Sarah}"`,
  },
  RV207: {
    level: 'warning',
    title: 'a variable that is not set',
    help: 'A warning for validate, which runs on other machines than the agent; an error for start. Set the variable, or give it a default.',
    validExample: `voice: "\${env:DESK_VOICE:-Sarah}"`,
  },
  RV208: {
    level: 'warning',
    title: 'a line of an env_file that sets no variable, or not what it seems to',
    help: "Each line is NAME=value, empty, or a comment behind #. A value with # or line breaks in it stands in quotes; nothing escapes a quote. PATH and RUNNER_* are the runner's to set. What stands on the line is not shown, since it may be a secret. A file that is too large, or no text, is an error.",
    validExample:
      'tools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh, env_file: ./shop.env }',
  },
} as const satisfies RuleTable
