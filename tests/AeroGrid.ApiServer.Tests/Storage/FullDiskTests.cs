using System.Net;
using AeroGrid.ApiServer.Storage;
using AeroGrid.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace AeroGrid.ApiServer.Tests.Storage;

public sealed class FullDiskTests
{
    private const string Url = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task A_full_database_refuses_writes_says_why_and_goes_on_when_there_is_space()
    {
        await using var fixture = new LimitedFixture();
        await fixture.InitializeAsync();
        var stored = await FillAsync(fixture);
        stored.ShouldBeGreaterThan(3);

        (await fixture.GetAsync(Url)).Names.Length.ShouldBe(stored);
        for (var i = 0; i < stored; i++)
        {
            (await fixture.DeleteAsync($"{Url}/fill-{i}")).Ok();
        }

        (await fixture.PostAsync(Url, Body("after"))).Ok(HttpStatusCode.Created);
        await fixture.Server.RestartAsync();
        (await fixture.GetAsync(Url)).Names.ShouldBe(["after"]);
    }

    [Fact]
    public async Task A_large_object_that_does_not_fit_does_not_take_small_ones_down_with_it()
    {
        await using var fixture = new LimitedFixture();
        await fixture.InitializeAsync();
        var large = fixture.PostAsync(Url, Body("large", 900_000));
        var small = Enumerable.Range(0, 20).Select(i => fixture.PostAsync(Url, Body($"small-{i}", 10))).ToArray();
        (await large).ShouldFail(507, "InsufficientStorage");
        (await Task.WhenAll(small)).ShouldAllBe(a => a.Status == HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_full_disk_refuses_writes_says_why_and_goes_on_when_there_is_space()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "mounting a small file system needs root");
        using var folder = new TemporaryFolder();
        var mounted = await Command.RunAsync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", folder.Path]);
        Assert.SkipUnless(mounted.ExitCode == 0, "mounting a small file system is not allowed here");
        try
        {
            await using var server = new ServerProcess(Path.Combine(folder.Path, "data"));
            await server.StartAsync();
            var ballast = Path.Combine(folder.Path, "ballast");
            (await server.PostAsync(Url, Body("before"))).Ok(HttpStatusCode.Created);
            await FillDiskAsync(ballast);
            await FillAsync(server);
            (await server.GetAsync($"{Url}/before")).Ok();

            File.Delete(ballast);
            (await server.PostAsync(Url, Body("after"))).Ok(HttpStatusCode.Created);
            await server.KillAsync();
            await server.StartAsync();
            (await server.GetAsync($"{Url}/before")).Ok();
            (await server.GetAsync($"{Url}/after")).Ok();
        }
        finally
        {
            await Command.RunAsync("umount", [folder.Path]);
        }
    }

    private static async Task<int> FillAsync(HttpApi api)
    {
        for (var i = 0; i < 1000; i++)
        {
            var answer = await api.PostAsync(Url, Body($"fill-{i}"));
            if (answer.Status != HttpStatusCode.Created)
            {
                answer.ShouldFail(507, "InsufficientStorage");
                answer.Message.ShouldContain("nothing was changed");
                return i;
            }
        }

        throw new InvalidOperationException("The disk does not become full.");
    }

    private static async Task FillDiskAsync(string file)
    {
        try
        {
            await using var stream = File.Create(file);
            var block = new byte[64 * 1024];
            while (true)
            {
                await stream.WriteAsync(block);
                await stream.FlushAsync();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static string Body(string name, int size = 20_000) =>
        $$$"""{"metadata":{"name":"{{{name}}}"},"data":{"k":"{{{new string('x', size)}}}"}}""";

    private sealed class LimitedFixture : ApiServerFixture, IAsyncDisposable
    {
        protected override TestApiServerOptions Options => new()
        {
            ConfigureServices = services => services.AddSingleton(provider => new StoreOptions
            {
                Folder = provider.GetRequiredService<AeroGrid.ApiServer.Hosting.ApiServerOptions>().DataFolder,
                MaximumPages = 200,
            }),
        };
    }
}
