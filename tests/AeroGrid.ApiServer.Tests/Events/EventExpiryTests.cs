using System.Net;
using AeroGrid.ApiServer.Events;
using AeroGrid.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace AeroGrid.ApiServer.Tests.Events;

public sealed class EventExpiryTests
{
    private const string Url = "/api/v1/namespaces/default/events";

    [Fact]
    public async Task An_event_goes_an_hour_after_its_last_write_and_watchers_are_told()
    {
        await using var fixture = new TimedFixture();
        await fixture.InitializeAsync();
        (await fixture.PostAsync(Url, Body("once"))).Ok(HttpStatusCode.Created);
        (await fixture.PostAsync(Url, Body("again"))).Ok(HttpStatusCode.Created);
        await using var watch = await fixture.WatchAsync($"{Url}?watch=1&timeoutSeconds=86400&resourceVersion={(await fixture.GetAsync(Url)).ResourceVersion}");
        fixture.Time.Advance(EventExpiry.Lifetime / 2);
        (await fixture.MergeAsync($"{Url}/again", """{"count":2}""")).Ok();
        fixture.Time.Advance(EventExpiry.Lifetime / 2);

        (await watch.TakeAsync(2)).Select(e => e.ToString()).ShouldBe(["MODIFIED again", "DELETED once"]);
        (await fixture.GetAsync(Url)).Names.ShouldBe(["again"]);

        fixture.Time.Advance(EventExpiry.Lifetime / 2);
        (await watch.TakeAsync(1)).Single().ToString().ShouldBe("DELETED again");
    }

    [Fact]
    public async Task Events_from_before_a_restart_go_in_time_although_they_claim_to_be_of_the_future()
    {
        await using var fixture = new TimedFixture();
        await fixture.InitializeAsync();
        (await fixture.PostAsync(Url, Body("a"))).Ok(HttpStatusCode.Created);
        (await fixture.PostAsync(Url, """
            {"metadata":{"name":"late","finalizers":["example.com/wait"],"managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","time":"2099-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:reason":{}}}]},
             "involvedObject":{"kind":"Pod","name":"p","namespace":"default"},"reason":"R","lastTimestamp":"2099-01-01T00:00:00Z"}
            """)).Ok(HttpStatusCode.Created);
        await fixture.Server.RestartAsync();
        (await fixture.GetAsync(Url)).Names.ShouldBe(["a", "late"]);

        fixture.Time.Advance(EventExpiry.Lifetime);
        await Eventually.Async(async () =>
        {
            // The timer may be set only now.
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
            (await fixture.GetAsync(Url)).Names.ShouldBeEmpty();
        });
    }

    private static string Body(string name) =>
        $$$"""{"metadata":{"name":"{{{name}}}"},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"},"reason":"R"}""";

    private sealed class TimedFixture : ApiServerFixture, IAsyncDisposable
    {
        public FakeTimeProvider Time { get; } = new(DateTimeOffset.Parse("2030-01-01T00:00:00Z"));

        protected override TestApiServerOptions Options => new() { TimeProvider = Time };
    }
}
