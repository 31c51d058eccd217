using System.Net;

namespace AeroGrid.ApiServer.Tests.Rest;

public sealed class CrudTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task An_object_is_created_read_changed_and_deleted()
    {
        var ns = await api.NamespaceAsync();
        var url = $"/api/v1/namespaces/{ns}/configmaps";
        var created = (await api.PostAsync(url, """{"metadata":{"name":"a"},"data":{"k":"1"}}""")).Ok(HttpStatusCode.Created);
        ((string?)created["kind"]).ShouldBe("ConfigMap");
        Guid.TryParse((string?)created["metadata"]!["uid"], out _).ShouldBeTrue();
        ((string?)created["metadata"]!["namespace"]).ShouldBe(ns);

        var read = (await api.GetAsync($"{url}/a")).Ok();
        read.ToJsonString().ShouldBe(created.ToJsonString());

        read["data"]!["k"] = "2";
        var updated = (await api.PutAsync($"{url}/a", read.ToJsonString())).Ok();
        ((string?)updated["data"]!["k"]).ShouldBe("2");
        ((string?)updated["metadata"]!["uid"]).ShouldBe((string?)created["metadata"]!["uid"]);
        long.Parse((string)updated["metadata"]!["resourceVersion"]!).ShouldBeGreaterThan(long.Parse((string)created["metadata"]!["resourceVersion"]!));

        var deleted = (await api.DeleteAsync($"{url}/a")).Ok();
        ((string?)deleted["status"]).ShouldBe("Success");
        (await api.GetAsync($"{url}/a")).ShouldFail(404, "NotFound")["message"]!.ToString().ShouldBe("configmaps \"a\" not found");
    }
}
