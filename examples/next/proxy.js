import { NextResponse } from 'next/server';

/** Only looks whether there is a session: whether it is still good is known by the API. */
export function proxy(request) {
  if (request.cookies.has('session')) return NextResponse.next();
  return NextResponse.redirect(new URL('/', request.url));
}

export const config = { matcher: '/profile' };
