import 'reflect-metadata';
import { HttpModule } from '@nestjs/axios';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ReportsService } from './reports.service.js';

@Controller('reports')
class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  @Get()
  list(): Promise<unknown> {
    return this.reports.list();
  }
}

@Module({
  // An instance of axios of its own for this module, whose interceptors no other module sees.
  imports: [HttpModule.register({ baseURL: process.env.API_URL })],
  controllers: [ReportsController],
  providers: [ReportsService],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
app.enableShutdownHooks();
await app.listen(Number(process.env.PORT ?? 3000));
console.log(`listening on ${new URL(await app.getUrl()).port}`);
