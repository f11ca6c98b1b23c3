// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AggregatorV3Interface} from "../../contracts/interfaces/AggregatorV3Interface.sol";
import {IPriceSource} from "../../contracts/interfaces/IPriceSource.sol";
import {IndexOracle} from "../../contracts/oracle/IndexOracle.sol";
import {MarkPrice} from "../../contracts/oracle/MarkPrice.sol";
import {ChainlinkSource} from "../../contracts/oracle/sources/ChainlinkSource.sol";
import {TestAggregator} from "../../contracts/test/TestAggregator.sol";

/// @title Two markets' prices, made the way the exchange makes them: two feeds each, index, mark
contract PriceWorld {
    uint256 public constant BAND = 45_000;
    uint256 public constant SPEED = 10_000;

    IndexOracle public immutable oracle;
    MarkPrice public immutable marks;

    /// @notice The feeds: two of market 0, then two of market 1.
    TestAggregator[4] public feeds;

    constructor(address authority) {
        oracle = new IndexOracle(authority);
        marks = new MarkPrice(oracle, authority);
        ChainlinkSource[2] memory sources = [new ChainlinkSource(authority), new ChainlinkSource(authority)];
        IndexOracle.SourceConfig[] memory configs = new IndexOracle.SourceConfig[](2);
        for (uint256 i; i < 2; ++i) {
            configs[i] = IndexOracle.SourceConfig(IPriceSource(address(sources[i])), 100_000, 1_000_000, 0);
        }
        for (uint8 market; market < 2; ++market) {
            for (uint256 i; i < 2; ++i) {
                TestAggregator feed = new TestAggregator(8);
                feeds[2 * market + i] = feed;
                AggregatorV3Interface far = AggregatorV3Interface(address(feed));
                sources[i].setFeed(market, ChainlinkSource.Feed(far, 1 hours, 0, 1_000_000, 0));
            }
            oracle.setSources(market, configs, IndexOracle.IndexConfig(2, 10_000, 10_000));
            marks.setMarket(market, MarkPrice.MarkConfig(uint24(BAND), uint24(SPEED), 150, 30, 3_600, 60, 10_000, 16));
        }
        report(0, 2_000e18, 2_000e18);
        report(1, 100e18, 100e18);
    }

    /// @notice Both feeds of a market report now. Quote per base, WAD.
    function report(uint8 market, uint256 one, uint256 other) public {
        feeds[2 * market].report(int256(one / 1e10));
        feeds[2 * market + 1].report(int256(other / 1e10));
    }

    /// @notice Both feeds say what they said two hours ago, and no more: the index is STALE.
    function fallSilent(uint8 market, uint256 price) external {
        for (uint256 i; i < 2; ++i) {
            feeds[2 * market + i].setRound(1, int256(price / 1e10), block.timestamp - 2 hours, 1);
        }
    }
}
