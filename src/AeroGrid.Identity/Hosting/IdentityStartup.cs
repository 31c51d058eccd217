using Microsoft.Extensions.Hosting;

namespace AeroGrid.Identity.Hosting;

/// <summary>Prepares the issuer's files when the host starts.</summary>
internal sealed class IdentityStartup(IdentityPipeline pipeline) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => pipeline.PrepareAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
