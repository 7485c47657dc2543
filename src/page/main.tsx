import { render } from 'preact'
import { App } from './app.tsx'
import { createController } from './controller.ts'

const place = document.getElementById('page')
if (place !== null) render(<App controller={createController()} />, place)
