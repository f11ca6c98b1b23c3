// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AggregatorV3Interface} from "../interfaces/AggregatorV3Interface.sol";

/// @title The far end of a Chainlink feed: reports what a test tells it to
contract TestAggregator is AggregatorV3Interface {
    struct Round {
        uint80 id;
        int256 answer;
        uint256 updatedAt;
        uint80 answeredInRound;
    }

    string public constant description = "test feed";
    uint256 public constant version = 4;
    uint8 public immutable decimals;

    Round private _round;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    /// @notice Reports an answer as of now, in a new round. Anyone.
    function report(int256 answer) external {
        _round = Round(_round.id + 1, answer, block.timestamp, _round.id + 1);
    }

    /// @notice Sets every word a reader gets. Anyone.
    function setRound(uint80 id, int256 answer, uint256 updatedAt, uint80 answeredInRound) external {
        _round = Round(id, answer, updatedAt, answeredInRound);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (_round.id, _round.answer, _round.updatedAt, _round.updatedAt, _round.answeredInRound);
    }

    function getRoundData(uint80) external view returns (uint80, int256, uint256, uint256, uint80) {
        return (_round.id, _round.answer, _round.updatedAt, _round.updatedAt, _round.answeredInRound);
    }
}
