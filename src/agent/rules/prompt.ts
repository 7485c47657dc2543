import type { RuleTable } from './rule.ts'

/** RV601 to RV619: the prompt and the greeting. */
export const PROMPT_RULES = {
  RV601: {
    level: 'warning',
    title: 'the prompt is empty',
    help: 'Without a prompt the model is whoever it likes to be. Say who the agent is, how it speaks, and what it does when it does not know.',
    validExample: 'instructions: You are Nora. Be warm and brief.',
  },
  RV602: {
    level: 'warning',
    title: 'the prompt is very long',
    help: 'The model reads all of it before each answer, and the caller waits for that. Above 20,000 characters, move what is to be looked up behind a tool.',
    validExample: 'instructions: You are Nora. Be warm and brief.',
  },
  RV603: {
    level: 'warning',
    title: 'the prompt names a tool that does not exist',
    help: 'The model would try to call it, or tell the caller that it had. Correct the name, or declare the tool.',
    validExample:
      'instructions: Find orders with look_up.\ntools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh }',
  },
  RV604: {
    level: 'note',
    title: 'the prompt names some tools and passes over this one',
    help: 'A model that is told when to use some tools uses the others less. Name all, or leave it to the descriptions and name none.',
    validExample:
      'instructions: Be brief.\ntools:\n  - { name: look_up, description: Looks something up., run: ./tools/fine.sh }',
  },
  RV605: {
    level: 'note',
    title: 'a heading stands twice in the prompt',
    help: 'What stands under two equal headings is easily at odds. Join the two.',
    validExample: 'instructions: |\n  # Manner\n  Be brief.\n  # Orders\n  Ask for the number.',
  },
  RV606: {
    level: 'warning',
    title: 'a placeholder that nobody fills in',
    help: 'Prompts and greetings are used as they stand. Write the value, or let a tool tell it.',
    validExample: 'greeting: Hello, this is Nora.',
  },
  RV607: {
    level: 'warning',
    title: 'Markdown that would be read aloud',
    help: 'Tables, links and marks are made for eyes, and a model that is shown them answers in them. Bullets in a prompt are a note only.',
    validExample: 'instructions: Our hours are nine to five. Say the address as "fernweh dot example".',
  },
  RV608: {
    level: 'warning',
    title: 'a prompt that is the name of a file',
    help: 'instructions holds the text itself, and the model would be told nothing but a name. Name the file under instructions_file. A file that holds only such a name was a link before it was copied.',
    validExample: 'instructions_file: ./prompt.md',
  },
  RV609: {
    level: 'error',
    title: 'a conflict of git in the prompt',
    help: 'The model would read both sides, and the marks. Keep one of the two, and remove the marks.',
    validExample: 'instructions: You are Nora. Be warm and brief.',
    mayBeLowered: true,
  },
} as const satisfies RuleTable
