import { HttpService } from '@nestjs/axios';
import { BadGatewayException, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { attachAuthInterceptors, type AuthSession } from 'axios-auth-interceptors';
import { oauth2Refresh } from 'axios-auth-interceptors/oauth2';
import { isAxiosError } from 'axios';
import { firstValueFrom } from 'rxjs';

/** Calls the API as this service itself: one session for the process, as providers live as long as it. */
@Injectable()
export class ReportsService implements OnModuleDestroy {
  private readonly auth: AuthSession;

  constructor(private readonly http: HttpService) {
    this.auth = attachAuthInterceptors(http.axiosRef, {
      refresh: oauth2Refresh({
        issuer: process.env.ISSUER ?? '',
        grantType: 'client_credentials',
        clientId: process.env.CLIENT_ID ?? '',
        clientSecret: process.env.CLIENT_SECRET ?? '',
        scope: 'read',
        resource: process.env.API_URL ?? '',
      }),
    });
  }

  async list(): Promise<unknown> {
    try {
      return (await firstValueFrom(this.http.get<unknown>('/reports'))).data;
    } catch (error) {
      if (!isAxiosError(error)) throw error;
      // Not the error itself: Nest would print it with all that it holds, and so with the token.
      throw new BadGatewayException(error.code);
    }
  }

  /** Gives the token back to the auth server. */
  async onModuleDestroy(): Promise<void> {
    await this.auth.signOut();
    this.auth.detach();
  }
}
