// The API server as a process of its own, for tests that kill it and benchmarks that measure it:
//   AeroGrid.ApiServer.TestHost DATA-FOLDER PORT TOKEN
// Prints "listening on URL" when it can serve. PORT 0 takes a free one.
using System.Globalization;
using System.Net;
using AeroGrid.ApiServer.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

if (args is not [var folder, var port, var token])
{
    await Console.Error.WriteLineAsync("usage: AeroGrid.ApiServer.TestHost DATA-FOLDER PORT TOKEN");
    return 2;
}

Directory.CreateDirectory(folder);
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders().AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
    IPAddress.Loopback,
    int.Parse(port, CultureInfo.InvariantCulture),
    listen => listen.UseTlsWhenAsked(LoopbackCertificate.LoadOrCreate(Path.Combine(folder, "tls.pem"), TimeProvider.System))));
builder.Services.AddApiServer(new ApiServerOptions { DataFolder = folder, Tokens = [new StaticToken(token, "admin", ["system:masters"])] });
await using var application = builder.Build();
application.MapApiServer();
await application.StartAsync();
var address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
Console.WriteLine($"listening on http://{address.Authority}");
await ((IHost)application).WaitForShutdownAsync();
return 0;
