import '@angular/compiler';
import { provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { App } from 'page:angular-status.ts';

export async function mount(root) {
  root.append(document.createElement('app-root'));
  const app = await bootstrapApplication(App, { providers: [provideZonelessChangeDetection()] });
  return () => app.destroy();
}
