/** Line ends, also those that no terminal shows, with the space round them. */
const LINE_ENDS = /\s*[\r\n\u2028\u2029]+\s*/g
/** What steers a terminal, or turns the direction of writing so that one reads what is not there. */
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu

/** A name or a value of the file may hold line ends; a reader of lines must not take its rest for another finding. */
export function onOneLine(text: string): string {
  return text.replaceAll(LINE_ENDS, ' ').replaceAll(CONTROL_CHARACTERS, '?')
}

/** One character of a line as a frame shows it. */
export function printableCharacter(character: string): string {
  return character === '\t' ? TAB : character.replace(CONTROL_CHARACTERS, '?')
}

/** A tab takes as many columns everywhere, so that what stands under the line stands under its place. */
const TAB = '    '
