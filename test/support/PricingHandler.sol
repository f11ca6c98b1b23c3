// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {GuardConfig, IMarketGuard} from "../../contracts/interfaces/IMarketGuard.sol";
import {IOrderBook} from "../../contracts/interfaces/IOrderBook.sol";
import {IPriceSource} from "../../contracts/interfaces/IPriceSource.sol";
import {PoolAverage} from "../../contracts/libraries/PoolAverage.sol";
import {IndexOracle} from "../../contracts/oracle/IndexOracle.sol";
import {MarketGuard} from "../../contracts/oracle/MarketGuard.sol";
import {MarkPrice} from "../../contracts/oracle/MarkPrice.sol";
import {ChainlinkSource} from "../../contracts/oracle/sources/ChainlinkSource.sol";
import {PoolDepthSource} from "../../contracts/oracle/sources/PoolDepthSource.sol";
import {PythSource} from "../../contracts/oracle/sources/PythSource.sol";
import {SmoothedBookSource} from "../../contracts/oracle/sources/SmoothedBookSource.sol";
import {TruncatedPoolSource} from "../../contracts/oracle/sources/TruncatedPoolSource.sol";
import {UniswapV3TwapSource} from "../../contracts/oracle/sources/UniswapV3TwapSource.sol";
import {Phase} from "../../contracts/types/Price.sol";
import {ExchangeWatch} from "./ExchangeWatch.sol";
import {ExchangeWorld} from "./ExchangeWorld.sol";
import {SourceWorld} from "./SourceWorld.sol";

/// @title What governance may change of how prices are made: marks, guard, index, and every adapter
/// @notice Each call sets values that the lints take and tries one that they must refuse. Margins stay above 9.5 %, so the bands and
/// speeds drawn are within the lints of the ledger too, which a mark asks.
contract PricingHandler is ExchangeWatch {
    uint8 private constant MARKET = 1;

    /// @dev Market 1's seven possible sources, a bit each, and the two among them that are its feeds.
    uint256 private constant ALL = 127;
    uint256 private constant FEEDS = 3;

    MarkPrice private immutable MARKS;
    SourceWorld private immutable SOURCES;

    constructor(ExchangeWorld world_) ExchangeWatch(world_) {
        (MARKS, SOURCES) = (world_.marks(), world_.sources());
    }

    // ---- mark and guard ----------------------------------------------------------------------------------------------

    /// @notice Another band, speed and averages of a mark, which keeps to them from the next block on (P12).
    function changeMark(uint256 seed, uint8 market) external watched(0, 0) {
        MarkPrice.MarkConfig memory config;
        config.band = uint24(draw(seed, 0, 10_000, 45_000));
        config.speed = uint24(draw(seed, 1, 3_000, 11_000));
        config.midTau = uint16(draw(seed, 2, 1, 600));
        config.quoteTau = uint16(draw(seed, 3, 1, 600));
        config.premiumTau = uint16(draw(seed, 4, 600, 7_200));
        config.premiumInterval = uint16(draw(seed, 5, 1, 600));
        config.impactNotional = uint32(draw(seed, 6, 1, 100_000));
        config.impactOrders = uint8(draw(seed, 7, 1, 64));
        MARKS.setMarket(market % 2, config);
        _done();
        // Beyond the band of any margin that is drawn.
        config.band = 57_000;
        requireRefused(address(MARKS), abi.encodeCall(MARKS.setMarket, (market % 2, config)), UNSAFE);
        config.band = 999;
        requireRefused(address(MARKS), abi.encodeCall(MARKS.setMarket, (market % 2, config)), OUT_OF_RANGE);
    }

    /// @notice The mark looks at the book, or at none; at a perpetual elsewhere, or at none; and always at the margins of a ledger.
    function changeMarkSources(uint256 seed) external watched(0, 0) {
        MARKS.setOrderBook(seed % 4 == 0 ? IOrderBook(address(0)) : world.book());
        IPriceSource[3] memory perps = [IPriceSource(address(0)), SOURCES.pyth(), SOURCES.twap()];
        MARKS.setPerpSource(MARKET, perps[(seed >> 8) % 3]);
        MARKS.setLedger(house);
        _done();
        requireRefused(address(MARKS), abi.encodeCall(MARKS.setLedger, (IClearingHouse(address(0)))), UNSAFE);
        requireRefused(address(MARKS), abi.encodeCall(MARKS.setPerpSource, (16, perps[1])), OUT_OF_RANGE);
    }

    /// @notice Another band and other times of the guard of market 0, closed hours, or no guard; never while orders are in an auction.
    function changeGuard(uint256 seed) external watched(0, 0) {
        MarketGuard guard = world.guard();
        GuardConfig memory config;
        config.band = uint24(draw(seed, 0, 10_000, 40_000));
        config.window = uint16(draw(seed, 1, 60, 900));
        config.limitTime = uint16(draw(seed, 2, 1, 60));
        config.pauseTime = uint16(draw(seed, 3, 30, 300));
        config.auctionTime = uint16(draw(seed, 4, 30, 120));
        config.minimumVolume = uint32(draw(seed, 5, 1, 10_000));
        if (seed % 4 == 0) (config.closedBand, config.closedHours) = (5_000, _hours(seed));
        if (seed % 8 == 1) config.band = 0;
        try guard.setMarket(0, config) {
            _done();
            config.band = 999;
            requireRefused(address(guard), abi.encodeCall(guard.setMarket, (0, config)), OUT_OF_RANGE);
        } catch (bytes memory reason) {
            vm.assertEq(bytes4(reason), IMarketGuard.AuctionUnderWay.selector, "refused without need");
        }
    }

    /// @notice Nobody guards the markets, or the guard does again; never while orders are in an auction.
    function exchangeGuard(uint256 seed) external watched(0, 0) {
        bool auction = MARKS.peek(0).phase == Phase.AUCTION;
        try MARKS.setGuard(seed % 4 == 0 ? IMarketGuard(address(0)) : world.guard()) {
            vm.assertTrue(!auction, "orders in an auction have lost their guard");
            _done();
        } catch (bytes memory reason) {
            vm.assertEq(bytes4(reason), MarkPrice.AuctionUnderWay.selector, "refused without need");
        }
    }

    // ---- the index ---------------------------------------------------------------------------------------------------

    /// @notice Names market 1's sources: the two feeds with the others beside them, some of all with equal voices, or the others alone.
    function nameSources(uint256 seed) external watched(0, 0) {
        uint256 named =
            seed % 4 < 2
                ? 127
                : seed % 4 == 2
                    ? 3 | ((seed >> 8) % 128)
                    : 124;
        IndexOracle.SourceConfig[] memory sources = new IndexOracle.SourceConfig[](7);
        uint256 count;
        for (uint256 i; i < 7; ++i) {
            if ((named >> i) & 1 == 0) continue;
            bool light = named == ALL && i > 1;
            sources[count++] = SOURCES.sourceAt(
                i,
                light ? SOURCES.LIGHT() : SOURCES.HEAVY(),
                i < 2 ? 0 : uint16(draw(seed, i, 0, 60))
            );
        }
        assembly ("memory-safe") {
            mstore(sources, count)
        }
        IndexOracle oracle = SOURCES.oracle();
        IndexOracle.IndexConfig memory config = IndexOracle.IndexConfig(
            uint8(draw(seed, 7, 1, 3 < count ? 3 : count)),
            uint24(draw(seed, 8, 5_000, 30_000)),
            uint24(draw(seed, 9, 5_000, 30_000))
        );
        oracle.setSources(MARKET, sources, config);
        _done();
        config.quorum = uint8(count + 1);
        requireRefused(address(oracle), abi.encodeCall(oracle.setSources, (MARKET, sources, config)), OUT_OF_RANGE);
        (sources[1], config.quorum) = (sources[0], 1);
        bytes4 twice = IndexOracle.DuplicateSource.selector;
        requireRefused(address(oracle), abi.encodeCall(oracle.setSources, (MARKET, sources, config)), twice);
    }

    // ---- the adapters ------------------------------------------------------------------------------------------------

    /// @notice Other heartbeats, ages and periods of the feeds and of signed prices.
    function changeFeeds(uint256 seed) external watched(0, 0) {
        ChainlinkSource source = seed & 1 == 0 ? SOURCES.first() : SOURCES.second();
        ChainlinkSource.Feed memory feed = source.feedOf(MARKET);
        feed.heartbeat = uint32(draw(seed, 0, 20 minutes, 1 hours));
        feed.deviation = uint24(draw(seed, 1, 0, 4_000));
        source.setFeed(MARKET, feed);
        feed.heartbeat = 0;
        requireRefused(address(source), abi.encodeCall(source.setFeed, (MARKET, feed)), OUT_OF_RANGE);
        PythSource pyth = SOURCES.pyth();
        PythSource.Feed memory signed = pyth.feedOf(MARKET);
        signed.maxAge = uint32(draw(seed, 2, 5 minutes, 1 hours));
        signed.period = uint16(draw(seed, 3, 1, 60));
        pyth.setFeed(MARKET, signed);
        _done();
        signed.period = uint16(signed.maxAge + 1);
        requireRefused(address(pyth), abi.encodeCall(pyth.setFeed, (MARKET, signed)), OUT_OF_RANGE);
    }

    /// @notice The average of the book begins anew from the index, with another time constant.
    function changeSmoothing(uint256 seed) external watched(0, 0) {
        SmoothedBookSource source = SOURCES.smoothed();
        SmoothedBookSource.Smoothing memory smoothing = SmoothedBookSource.Smoothing(
            uint32(draw(seed, 0, 10 minutes, 8 hours)),
            uint16(draw(seed, 1, 1, 60)),
            uint32(draw(seed, 2, 10 minutes, 2 hours)),
            SOURCES.HEAVY()
        );
        uint256 start = MARKS.peek(MARKET).index;
        source.setSmoothing(MARKET, smoothing, start);
        _done();
        smoothing.tau = 59;
        bytes memory call = abi.encodeCall(source.setSmoothing, (MARKET, smoothing, start));
        requireRefused(address(source), call, OUT_OF_RANGE);
    }

    /// @notice Other windows of the averages over the pool; the truncated one begins anew from the mean.
    function changePools(uint256 seed) external watched(0, 0) {
        uint32 window = uint32(draw(seed, 0, 60, 900));
        address base = address(SOURCES.base());
        UniswapV3TwapSource twap = SOURCES.twap();
        twap.setPool(MARKET, SOURCES.spot(), base, window);
        bytes memory call = abi.encodeCall(twap.setPool, (MARKET, SOURCES.spot(), address(this), window));
        requireRefused(address(twap), call, PoolAverage.BaseNotInPool.selector);
        PoolDepthSource depth = SOURCES.depth();
        depth.setPool(MARKET, SOURCES.spot(), base, window, uint24(draw(seed, 1, 100, 1_280)));
        call = abi.encodeCall(depth.setPool, (MARKET, SOURCES.spot(), base, window, 99));
        requireRefused(address(depth), call, OUT_OF_RANGE);
        TruncatedPoolSource truncated = SOURCES.truncated();
        uint24 most = uint24(draw(seed, 2, 10, 9_116));
        try truncated.setPool(MARKET, SOURCES.spot(), base, window, most, 12) {
            _done();
        } catch (bytes memory reason) {
            vm.assertEq(bytes4(reason), TruncatedPoolSource.HistoryTooShort.selector, "refused without need");
        }
        call = abi.encodeCall(truncated.setPool, (MARKET, SOURCES.spot(), base, window, 0, 12));
        requireRefused(address(truncated), call, OUT_OF_RANGE);
    }

    /// @dev About one hour of the week in eight, and never the first.
    function _hours(uint256 seed) private pure returns (uint168) {
        return uint168((seed >> 8) & (seed >> 40) & (seed >> 72)) & ~uint168(1);
    }
}
