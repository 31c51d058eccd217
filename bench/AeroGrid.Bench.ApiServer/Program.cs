// Measures the API server as a process of its own and prints each figure with its target and with the limit of this machine, measured in the
// same run. By hand: dotnet run -c Release --project bench/AeroGrid.Bench.ApiServer
using AeroGrid.Bench.ApiServer;

var folder = Directory.CreateTempSubdirectory("aerogrid-bench-").FullName;
try
{
    var inserts = BareSqlite.DurableInsertsPerSecond(folder);
    await using var server = await Server.StartAsync(Path.Combine(folder, "data"));
    await Creates.RunAsync(server, inserts);
    await Watchers.RunAsync(server);
    await Apps.RunAsync(server, folder);
}
finally
{
    Directory.Delete(folder, recursive: true);
}
