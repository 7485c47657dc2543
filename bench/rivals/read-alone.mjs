// The least that anything on Node does before it checks agent files: reads them, and parses them with what ajv-cli parses with. Checks nothing.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import yaml from 'js-yaml'

const [folder] = process.argv.slice(2)
for (const name of readdirSync(folder)) yaml.load(readFileSync(join(folder, name), 'utf8'))
